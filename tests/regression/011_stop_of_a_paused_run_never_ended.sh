# SPDX-License-Identifier: MIT
# `stop` finishes what is queued; of a paused run it waited for workers that stood still.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >paused.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}},
            {"name": "work", "op": "sleep", "args": {"seconds": 0.05}, "capacity": 4},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run paused.json --detach
until_true 20 status_is paused 's["items"]["done"] > 2'
expect 0 pooltop pause paused
until_true 20 status_is paused 's["state"] == "paused"'
expect 0 pooltop stop paused
expect 130 timeout -k 1 120 "$POOLTOP" wait paused
