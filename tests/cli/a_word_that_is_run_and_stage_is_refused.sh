# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >config.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}}, {"name": "nap", "op": "sleep", "args": {"seconds": 1}}]}
JSON
expect 0 pooltop run config.json --detach --name nap
until_true 20 status_is nap 's["state"] == "running"'

expect 2 pooltop pause nap
has err "--run nap"
expect 0 pooltop pause --run nap nap
until_true 10 status_is nap 's["stages"][1]["state"] == "paused"'
expect 0 pooltop resume --run nap

# With two runs the run must be said.
expect 0 pooltop run config.json --detach --name other
expect 2 pooltop pause nosuch
has err "nap, other"
expect 2 pooltop stop
expect 0 pooltop pause other numbers
expect 0 pooltop stop other --now
expect 0 pooltop stop --run nap --now
expect 130 pooltop wait other
expect 130 pooltop wait nap
