# SPDX-License-Identifier: MIT
# A worker whose command did not obey TERM was killed again, its item to fail: it went back to the queue all the same.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >deaf.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1]}},
            {"name": "work", "command": ["sh", "-c", "trap '' TERM; echo ready >ready; sleep 1000"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run deaf.json --detach
until_true 20 test -s ready
# TERM is followed by KILL after 5 s: where this machine is slower than that, once more with the next worker.
doom() {
  local pid
  pid=$(status_of deaf '[w["pid"] for w in s["workers"] if w["stage"] == "work"][0]') &&
    pooltop kill deaf "$pid" --signal TERM && pooltop kill deaf "$pid" --item fail
}
until_true 20 doom
expect 1 timeout -k 1 120 "$POOLTOP" wait deaf
has <("$POOLTOP" failed deaf) "failed by the user"
