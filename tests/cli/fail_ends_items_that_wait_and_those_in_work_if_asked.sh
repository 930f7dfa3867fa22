# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

item_is() { pooltop item fails "$1" "$2" --json 2>/dev/null | python3 -c "import json, sys; n = json.load(sys.stdin)['now']; sys.exit(not ($3))"; }

# 0 is in work until the gate opens; 1 waits behind it; 2 fails and waits an hour for its next try.
mkfifo gate words && exec {gate}<>gate
cat >fails.json <<'JSON'
{"stages": [{"name": "words", "source": {"lines": "words"}},
            {"name": "first", "shell": "[ $1 != bad ] || exit 3; echo $1", "retries": 1, "backoff": "1h"},
            {"name": "hold", "shell": "read line <gate; echo $1"},
            {"name": "save", "sink": {"lines": "saved.txt"}, "ordered": true}]}
JSON
expect 0 pooltop run fails.json --detach
exec {words}>words
printf 'a\nb\nbad\nd\n' >&"$words"
until_true 20 item_is hold 0 'n["state"] == "in_work"'
until_true 20 item_is hold 1 'n["state"] in ("queued", "handed")'
until_true 20 item_is first 2 'n["state"] == "retrying" and n["next_try_s"] > 3000'
until_true 20 item_is hold 3 'n["state"] in ("queued", "handed")'

# All of it or nothing: one that is in work needs to be asked for.
expect 4 pooltop fail fails hold 1 77
has err "no item 77 in stage hold now; nothing was failed"
expect 2 pooltop fail fails hold 1 0
has err "item 0 is in work at"
has err "nothing was failed"
status_is fails 's["items"]["failed"] == 0' || complain "something was failed"
expect 2 pooltop fail fails hold

# One that waits in a queue, one that waits for another try.
expect 0 pooltop fail fails hold 1
has err "items failed: 1"
expect 0 pooltop fail fails first 2
until_true 20 status_is fails 's["items"]["failed"] == 2 and s["stages"][1]["failed"] == 1 and s["stages"][2]["failed"] == 1'
expect 0 pooltop failed fails --json
same "failed" "$(python3 -c 'import json; print([(r["stage"], r["id"], r["error"], len(r["attempts"])) for r in map(json.loads, open("out"))])')" \
  "[('hold', '1', 'failed by the user', 0), ('first', '2', 'failed by the user', 1)]"
expect 0 pooltop item fails first 2
has out "now: failed for good, by you"

# In work: its worker is killed for it, and nothing else is lost.
expect 0 pooltop fail fails hold 0 --kill
has err "workers killed for the item in work: 1"
until_true 20 item_is hold 0 'n["state"] == "failed"'
until_true 20 item_is hold 3 'n["state"] == "in_work"'
exec {words}>&-
echo go >&"$gate"
expect 1 pooltop wait fails
same "saved" "$(cat saved.txt)" "d"
same "items" "$(status_of fails '(s["items"]["done"], s["items"]["failed"])')" "(1, 3)"
