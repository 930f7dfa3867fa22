# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >short.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 20]}},
            {"name": "pick", "shell": "[ $1 -ne 7 ] && echo $1"}]}
JSON
start_terminal 100 30

type_line "clear; '$POOLTOP' run short.json --report report.json; echo status=\$?"
wait_screen "1 shows the summary"
keys 1
wait_screen "1 of 20"
until_true 20 status_is short 's["exit_status"] == 1'
screen_has "status=" && complain "the monitor left by itself"
keys q
wait_screen "pooltop short: done, 1 of 20 failed"
wait_screen "status=1"
wait_screen "runs/short/results"
same results "$(sort -n "$XDG_STATE_HOME/pooltop/runs/short/results" | wc -l)" 19
[ -s report.json ] || complain "no report"

# --exit leaves by itself.
type_line "clear; '$POOLTOP' run short.json --exit; echo status=\$?"
wait_screen "status=1"

# What needs stdin or stdout, or a terminal that cannot show a screen, is run plainly, with one line that says why.
type_line "clear; TERM=dumb '$POOLTOP' run short.json >/dev/null; echo status=\$?"
wait_screen "no monitor: "
wait_screen "status=1"
type_line "clear; '$POOLTOP' run short.json --set 'pick.shell=:' </dev/null | wc -l"
wait_screen "no monitor: "
