# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >trouble.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 4]}},
            {"name": "work", "retries": 1, "backoff": "100ms",
             "shell": "case $1 in 1) echo broken by $1 >&2; exit 5;; 3) sleep 2;; 2) [ -e killed ] || { touch killed; sleep 30; };; esac; echo $1"},
            {"name": "save", "sink": {"lines": "saved.txt"}, "ordered": true}]}
JSON
"$POOLTOP" run trouble.json --plain --interval 60s >out 2>err </dev/null &
front=$!
until_true 20 test -e killed
until_true 20 grep -q 'RETRY work #1 .*try 1/2 .*retry in 100ms' err
busy=$(status_of trouble '[w["pid"] for w in s["workers"] if w["stage"] == "work" and w["item_id"] == "2"][0]')
kill -SEGV "$busy"
until_true 20 grep -q "CRASH work pid $busy" err
has err "SIGSEGV"
wait "$front"
same "exit" "$?" 1
has err "started, engine "
has err "FAIL work #1 try 2 exit 5"
has err "broken by 1"
same "saved" "$(tr '\n' ' ' <saved.txt)" "0 2 3 "
! grep -q $'\x1b' err || complain "an escape in plain output"

# The oldest item is named when the time of a line has come.
cat >stuck.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}}, {"name": "stuck", "op": "sleep", "args": {"seconds": 60}},
            {"name": "save", "sink": {"discard": true}}]}
JSON
"$POOLTOP" run stuck.json --json-lines --interval 500ms >out 2>err </dev/null &
front=$!
until_true 40 grep -q '"event":"wait"' err
kill -TERM "$front"
wait "$front"
same "exit" "$?" 130
has err '"event":"started"'
has err '"event":"progress"'
