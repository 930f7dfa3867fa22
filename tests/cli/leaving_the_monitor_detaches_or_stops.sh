# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >watched.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}},
            {"name": "nap", "op": "sleep", "args": {"seconds": 20}, "workers": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
start_terminal 80 24
type_line "PATH=$(dirname "$POOLTOP"):\$PATH"

# q asks; d detaches: status 0, the run goes on.
type_line "clear; pooltop run watched.json; echo status=\$?"
wait_screen RUNNING
keys q
wait_screen "Leave watched"
keys d
wait_screen "pooltop attach watched"
wait_screen "status=0"
expect 0 status_is watched 's["state"] == "running"'

# attach shows it again; q leaves without a question.
type_line "clear; pooltop attach; echo status=\$?"
wait_screen RUNNING
until_true 10 status_is watched 's["watching"] == 1'
keys q
wait_screen "status=0"
until_true 10 status_is watched 's["watching"] == 0'

# A terminal that is closed detaches as well.
type_line "clear; pooltop attach watched --read-only"
wait_screen RUNNING
tm kill-server
expect 0 status_is watched 's["state"] == "running"'
expect 0 pooltop stop --now
expect 130 pooltop wait watched

# Ctrl-C twice stops now: 130, and the engine's tree is gone.
start_terminal 80 24
type_line "clear; '$POOLTOP' run watched.json; echo status=\$?"
wait_screen RUNNING
until_true 20 status_is watched 's["stages"][1]["busy"] == 2'
keys C-c
wait_screen "Leave watched"
keys C-c
wait_screen "status=130"
expect 130 pooltop wait watched
