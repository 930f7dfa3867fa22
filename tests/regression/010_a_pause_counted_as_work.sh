# SPDX-License-Identifier: MIT
# The time that an item's process stood still by a pause was in the item's latency and in the history of its tries.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >still.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1]}},
            {"name": "work", "command": ["sh", "-c", "echo ready >ready; sleep 1; exit 3"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run still.json --detach
until_true 20 test -s ready
expect 0 pooltop pause still
until_true 20 status_is still 'any(w["stage"] == "work" and w["state"] == "paused" and w["state_since_s"] > 4 for w in s["workers"])'
expect 0 pooltop resume still
expect 1 timeout -k 1 120 "$POOLTOP" wait still
same "elapsed" "$("$POOLTOP" failed still --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["attempts"][0]["elapsed_s"] < 3)')" True
