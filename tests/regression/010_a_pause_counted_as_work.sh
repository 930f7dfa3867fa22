# SPDX-License-Identifier: MIT
# The time that an item's process stood still by a pause was in the item's latency and in the history of its tries.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >still.json <<JSON
{"stages": [{"name": "numbers", "source": {"range": [0, 1]}},
            {"name": "work", "command": ["sh", "-c", "echo ready >ready; read -r go <>$here/go; exit 3"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
mkfifo go
now() { date +%s.%N; }
begun=$(now)
expect 0 pooltop run still.json --detach
until_true 20 test -s ready
expect 0 pooltop pause still
until_true 20 status_is still 'any(w["stage"] == "work" and w["state"] == "paused" for w in s["workers"])'
still=$(now)
until_true 20 status_is still 'any(w["stage"] == "work" and w["state"] == "paused" and w["state_since_s"] > 4 for w in s["workers"])'
moving=$(now)
expect 0 pooltop resume still
timeout 60 sh -c 'echo >go' || complain "nobody reads what lets the item end"
expect 1 timeout -k 1 120 "$POOLTOP" wait still
# However slow the machine: all the time there was, without what was surely paused.
same "elapsed" "$("$POOLTOP" failed still --json | python3 -c '
import json, sys
begun, still, moving, ended = map(float, sys.argv[1:])
elapsed = json.loads(sys.stdin.readline())["attempts"][0]["elapsed_s"]
print(elapsed <= ended - begun - (moving - still) or elapsed)' "$begun" "$still" "$moving" "$(now)")" True
