# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# The source ends when the test closes the pipe: until then every stage is open.
cat >retry.json <<'JSON'
{"stages": [{"name": "words", "source": {"lines": "words"}},
            {"name": "try", "shell": "[ -e repaired ] || [ $1 = good ] || { echo no $1 >&2; exit 3; }; echo $1"},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
mkfifo words
"$POOLTOP" run retry.json --plain >out 2>plain </dev/null &
front=$!
exec {source}>words
printf 'a\ngood\nb\n' >&"$source"
until_true 20 status_is retry 's["items"]["done"] == 1 and s["items"]["failed"] == 2'
same "failed" "$(pooltop failed retry --json | python3 -c 'import json, sys; print([json.loads(l)["item"] for l in sys.stdin])')" "['a', 'b']"

# Given back, they run again; what fails again is on the list again.
expect 0 pooltop failed retry --retry
has err "given back: 2"
until_true 20 grep -q 'FAIL try #2' plain
until_true 20 status_is retry 's["items"]["failed"] == 2 and s["items"]["in_flight"] == 0'

# Of a stage, or these of it, to see and to give back; what is not there is said.
expect 0 pooltop failed retry try 0 --json
same "one item" "$(wc -l <out)" 1
has out '"id":"0"'
expect 0 pooltop failed retry words
has err "no such item is on the list"
expect 0 pooltop failed retry try 0 --retry
has err "given back: 1"
until_true 20 status_is retry 's["items"]["failed"] == 2 and s["items"]["in_flight"] == 0'
expect 4 pooltop failed retry try 99 --retry
has err "none of these is on the list"
expect 4 pooltop failed retry nosuch --retry
expect 4 pooltop failed retry nosuch
has err 'has no stage "nosuch"; its stages: words, try, save'
# Those that fit: to see, and to give back.
expect 0 pooltop failed retry --match 'stderr:"no a"'
same "one fits" "$(grep -c '^try #' out)" 1
expect 0 pooltop failed retry --match 'exit !b' --json
same "the same" "$(wc -l <out)" 1
expect 0 pooltop failed retry --match nothing-like-it
has err "no such item is on the list"
expect 0 pooltop failed retry --match item:b --retry
has err "given back: 1"
until_true 20 status_is retry 's["items"]["failed"] == 2 and s["items"]["in_flight"] == 0'
touch repaired
expect 0 pooltop failed --retry
until_true 20 status_is retry 's["items"]["done"] == 3 and s["items"]["failed"] == 0'
expect 0 pooltop failed retry
has err "no item failed"
expect 0 pooltop failed retry --retry
has err "given back: 0"
exec {source}>&-
wait "$front"
same "exit" "$?" 0
same "saved once each" "$(sort saved.txt | tr '\n' ' ')" "a b good "

# Where their stage has ended they stay on the list, and it is said; so it is once the run has ended.
rm repaired
mkfifo gate && exec {gate}<>gate
cat >late.json <<'JSON'
{"stages": [{"name": "words", "source": {"items": ["a", "good"]}},
            {"name": "try", "shell": "[ $1 = good ] || exit 3; echo $1"},
            {"name": "hold", "shell": "read line <gate; echo $1"},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run late.json --detach
until_true 20 status_is late 's["stages"][1]["state"] == "done"'
expect 0 pooltop failed late --retry
has err "given back: 0; 1 stay on the list: their stage has ended"
echo go >&"$gate"
expect 1 pooltop wait late
expect 0 pooltop failed late
has out "try #0"
# Of a run that has ended they are given back to its next life.
expect 0 pooltop failed late --retry
has err "given back: 1; pooltop run --resume with its config runs them"
expect 0 pooltop failed late
lacks out "try #0"
expect 1 pooltop run late.json --resume --plain

# An item that a user had failed says how its process ended, and whose doing it was.
cat >user.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}}, {"name": "nap", "op": "sleep", "args": {"seconds": 60}},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run user.json --detach
until_true 20 status_is user 'any(w["item_id"] for w in s["workers"])'
expect 0 pooltop kill user "$(status_of user '[w["pid"] for w in s["workers"] if w["stage"] == "nap"][0]')" --item fail
expect 1 pooltop wait user
same "failed by the user" "$(pooltop failed user --json | python3 -c 'import json, sys; f = json.loads(sys.stdin.readline()); print(f["error"], [(a["exit"], a["signal"]) for a in f["attempts"]])')" \
  "failed by the user [(None, 9)]"
rm -r "$XDG_STATE_HOME/pooltop/runs/user"

# Without a name: the run that is going on; else the only one that there is.
expect 2 pooltop failed
has err "say which"
expect 2 pooltop logs
expect 2 pooltop status
expect 2 pooltop wait
rm -r "$XDG_STATE_HOME/pooltop/runs/retry"
expect 0 pooltop failed
has out "try #0"
expect 0 pooltop logs
expect 0 pooltop status
expect 1 pooltop wait
