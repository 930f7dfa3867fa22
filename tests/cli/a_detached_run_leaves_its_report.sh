# SPDX-License-Identifier: MIT
# --report without a front that could write it: the engine does.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >short.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 40]}},
            {"name": "nap", "op": "sleep", "args": {"seconds": 0.05}},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
report_says() { python3 -c "import json, sys; s = json.load(open('$1')); sys.exit(not ($2))"; }

expect 0 pooltop run short.json --detach --report detached.json
expect 0 pooltop wait short
until_true 10 report_says detached.json 's["exit_status"] == 0 and s["items"]["done"] == 40 and s["workers"] == []'

# A front that was left by HUP is gone too.
"$POOLTOP" run short.json --plain --set numbers.source.range='[0, 100000]' --report hung_up.json 2>err </dev/null &
until_true 20 status_is short 's["state"] == "running" and s["items"]["done"] > 0'
kill -HUP $!
wait $!
same "the front's exit status" $? 0
[ ! -e hung_up.json ] || complain "the report is there before the end"
expect 0 pooltop stop short --now
expect 130 pooltop wait short
until_true 10 report_says hung_up.json 's["exit_status"] == 130 and s["items"]["done"] > 0'
