# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# way_is STAGE ID PYTHON-EXPRESSION: true of the item's way `w`, its tries `t` and where it is `n`.
way_is() {
  pooltop item way "$1" "$2" --json 2>/dev/null |
    python3 -c "import json, sys; w = json.load(sys.stdin); t = w['tries']; n = w['now']; sys.exit(not ($3))"
}
worker_with() { status_of way "[w['pid'] for w in s['workers'] if w['stage'] == 'try' and w['item_id'] == '$1'][0]"; }

# Item 0 waits for the gate, fails, is killed in its next try, and passes in the third; 1 passes at once.
# 2 takes longer than the timeout; 3 fails for good.
mkfifo words gate && exec {gate}<>gate
cat >try.sh <<'SH'
case $POOLTOP_STAGE/$1 in
  try/gate) echo "try $POOLTOP_ATTEMPT" >&2; read -r word <gate; [ "$word" != fail ] || exit 7 ;;
  late/late) [ -e in_time ] || read -r word <never_written ;;
  try/bad) echo "no luck" >&2; exit 100 ;;
esac
echo "$1"
SH
mkfifo never_written && exec {never_written}<>never_written
cat >way.json <<'JSON'
{"stages": [{"name": "words", "source": {"lines": "words"}},
            {"name": "try", "command": ["sh", "try.sh", "{}"], "workers": 2, "retries": 2, "backoff": "400ms"},
            {"name": "late", "command": ["sh", "try.sh", "{}"], "retries": 1, "timeout": "300ms", "backoff": "10ms"},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
expect 0 pooltop run way.json --detach
exec {words}>words
printf 'gate\ngood\n' >&"$words"

# In work, without a try that ended.
until_true 20 way_is try 0 'n["state"] == "in_work" and n["attempt"] == 1 and n["max_attempts"] == 3 and t == []'
expect 0 pooltop item way try 0
has out "try #0: gate"
has out "now: in work at $(worker_with 0) for "
# One that is through with one good try is not kept, and one that is not there yet is not known.
until_true 20 status_is way 's["items"]["done"] == 1'
expect 4 pooltop item way try 1
has err "no item 1 in stage try now, and nothing is kept of it"
expect 4 pooltop item way try 7
has err "its source has not given it yet"
expect 4 pooltop item way try x
has err "no item of this run has such an id"
expect 4 pooltop item way nowhere 0
has err "its stages: words, try, late, save"
expect 2 pooltop item way try
expect 2 pooltop item

# It fails: a try with its exit and its output, and a pause before the next.
first=$(worker_with 0)
echo fail >&"$gate"
until_true 20 way_is try 0 't[0]["end"] == "failed" and t[0]["exit"] == 7'
way_is try 0 "t[0]['pid'] == $first and t[0]['child_pid'] != $first and t[0]['slot'] in (0, 1) and t[0]['stderr'] == 'try 1\n'" ||
  complain "the first try is not told: $(pooltop item way try 0 --json)"
until_true 20 way_is try 0 'n["state"] == "in_work" and n["attempt"] == 2'
expect 0 pooltop failed way --retrying
has out "try #0 in work at"
has out "exit"
expect 0 pooltop failed way --retrying --json
same "retrying" "$(python3 -c 'import json; print([(r["stage"], r["item_id"], r["now"]["attempt"]) for r in map(json.loads, open("out"))])')" \
  "[('try', '0', 2)]"

# Its worker is killed: a try that is not charged, and it goes on with the same number.
second=$(worker_with 0)
expect 0 pooltop kill way "$second"
until_true 20 way_is try 0 "len(t) == 2 and t[1]['end'] == 'killed' and t[1]['pid'] == $second and t[1]['signal'] == 9"
until_true 20 way_is try 0 'n["state"] == "in_work" and n["attempt"] == 2'
echo go >&"$gate"
until_true 20 way_is try 0 'n["state"] == "done" and len(t) == 3 and t[2]["end"] == "done" and t[2]["attempt"] == 2'
expect 0 pooltop item way try 0
has out "exit 7 after"
has out "killed by you after"
has out "now: done by"

# The timeout, twice: it fails for good, and is given back.
echo late >&"$words"
until_true 20 way_is late 2 'n["state"] == "failed" and [x["end"] for x in t] == ["timed_out", "timed_out"]'
expect 0 pooltop item way late 2
has out "killed by the timeout after"
has out "now: failed for good"
touch in_time
expect 0 pooltop failed way --retry
has err "given back: 1"
until_true 20 way_is late 2 'n["state"] == "done" and t[2]["after_retry"] and t[2]["attempt"] == 1'
expect 0 pooltop item way late 2
has out "given back by you"

# A permanent failure, and what is known of it when the run has ended.
echo bad >&"$words"
until_true 20 way_is try 3 'n["state"] == "failed" and t[0]["exit"] == 100'
exec {words}>&-
expect 1 pooltop wait way
expect 0 pooltop item way try 3
has out "no luck"
has out "now: failed for good"
expect 4 pooltop item way try 0
has err "has ended"
expect 4 pooltop failed way --retrying
same "saved" "$(sort saved.txt | tr '\n' ' ')" "gate good late "
