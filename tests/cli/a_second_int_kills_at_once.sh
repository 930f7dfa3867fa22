# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# A child that ignores TERM would make stop --now wait 5 s for its KILL.
cat >stubborn.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 10]}},
            {"name": "stay", "shell": "trap '' TERM; touch here; while :; do sleep 60; done", "workers": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
"$POOLTOP" run stubborn.json --plain >out 2>err </dev/null &
front=$!
until_true 20 test -e here
kill -INT "$front"
until_true 10 grep -q "stopping now" err
started=$(date +%s%N)
kill -INT "$front"
wait "$front"
same "exit" "$?" 130
took=$((($(date +%s%N) - started) / 1000000))
[ "$took" -lt 4000 ] || complain "it took $took ms"
has err "killing its processes"
until_true 10 none_left
