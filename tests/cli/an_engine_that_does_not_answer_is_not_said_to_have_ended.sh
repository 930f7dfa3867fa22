# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >slow.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}}, {"name": "work", "shell": "sleep 0.5"}]}
JSON
expect 0 pooltop run slow.json --detach
engine=$(status_of slow 's["pid"]')
start_terminal 120 24
kill -STOP "$engine"
type_line "$POOLTOP attach slow; echo status=\$?"
wait_screen "slow: its engine, $engine, does not answer; the run goes on"
wait_screen "status=3"
kill -CONT "$engine"
type_line "clear; $POOLTOP attach slow"
wait_screen "RUNNING"
keys q
expect 0 pooltop stop --now slow
