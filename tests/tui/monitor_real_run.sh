# SPDX-License-Identifier: MIT
# A true engine and true workers under the monitor: what they write, pause, a kill from the dialog, one from outside, a
# terminal that is closed, and the verdict.
. "$(dirname "$0")/_lib.sh"

FEEDER=
stop_run() {
  [ -n "$FEEDER" ] && kill "$FEEDER"
  (. "$DIR/profile" && "$POOLTOP" stop real --now) >/dev/null 2>&1
  clean_up
}
trap stop_run EXIT
: >"$DIR/requests"

# Each item takes a byte from a pipe: nothing is done before the test gives some.
mkfifo "$DIR/gate"
exec 8<>"$DIR/gate"
cat >"$DIR/real.json" <<EOF
{"name": "real", "stages": [
  {"name": "items", "source": {"range": [0, 40]}},
  {"name": "work", "shell": "echo \"warned of \$1\" >&2; head -c 1 <$DIR/gate >/dev/null; echo \$1", "workers": 3},
  {"name": "save", "sink": {"lines": "$DIR/out"}}]}
EOF

# What the row of a slot's item says: the PID in front.
pid_of() { screen | sed -nE "s/^[>?* ]+([0-9]+) (busy|paused).* $1\$/\1/p" | head -n 1; }

open_terminal 100 30
run_it "$POOLTOP run real.json"
wait_for '>v work .* 3/3 '
wait_for 'err  warned of 2'

keys Enter
wait_for '^> +[0-9]+ busy .* 0$'
wait_for 'Output of [0-9]+ \(work\)'
wait_for 'err  warned of 0'
wait_gone 'warned of [12]' # another worker's

first=$(pid_of 0)
keys p
wait_for "^> +$first paused ="
wait_for ' 2/3 =1 '
keys p
wait_for "^> +$first busy"

keys K
wait_for "Kill worker $first .work slot 0"
keys 9
wait_for "killed $first, its item goes back"
wait_for '^\? +[0-9]+ (busy|starting)'
wait_for 'restarts 1 '
keys Down
wait_for '^> +[0-9]+ busy'

kill -9 "$(pid_of 1)" || fail "no worker has item 1"
wait_for 'restarts 2 '

# The terminal goes away; the run does not.
tm kill-server
open_terminal 100 30
attach_real() { keys "$POOLTOP attach real; echo \"status \$?\"" Enter; }
attach_real
wait_for 'restarts 2 '

while :; do echo; done >&8 &
FEEDER=$!
wait_for 'DONE exit '
wait_for '^pooltop real: done'
keys q
wait_for '^ready> '
wait_for '^pooltop real: done'
wait_for '^status [01]$'
[ "$(sort -n "$DIR/out" | uniq | wc -l)" -ge 39 ] || fail "results are missing: $(wc -l <"$DIR/out")"
[ -z "$(sort "$DIR/out" | uniq -d)" ] || fail "results came twice: $(sort "$DIR/out" | uniq -d)"
