# SPDX-License-Identifier: MIT
# `failed --retry` gave items back before it took them off the list; where the list could not be written they stood on
# both sides, and the next --retry ended the engine.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkfifo go
exec {go}<>go
cat >again.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}},
            {"name": "work", "command": ["sh", "-c", "[ $1 = 0 ] && ! [ -e good ] && exit 1; read -r line <go; echo $1", "x", "{}"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run again.json --detach
until_true 20 status_is again 's["items"]["failed"] == 1'
touch good
mkdir "$XDG_STATE_HOME/pooltop/runs/again/failed.jsonl.new"
"$POOLTOP" failed again --retry >out 2>&1 && complain "a list that cannot be written was no error"
same "failed" "$(status_of again 's["items"]["failed"]')" 1
"$POOLTOP" failed again --retry >out 2>&1 && complain "a list that cannot be written was no error"
rmdir "$XDG_STATE_HOME/pooltop/runs/again/failed.jsonl.new"
expect 0 pooltop failed again --retry
for _ in 1 2 3; do echo >&"$go"; done
expect 0 timeout -k 1 120 "$POOLTOP" wait again
same "done, failed" "$(status_of again '[s["items"]["done"], s["items"]["failed"]]')" "[3, 0]"
