# SPDX-License-Identifier: MIT
# The output in $PAGER: a job of its own in the foreground; the monitor goes on behind it and has the terminal again
# afterwards. A pager that is not there is said, and nothing else happens.
. "$(dirname "$0")/_lib.sh"
start_engine
cat >"$DIR/page" <<'EOS'
#!/bin/sh
echo "paged with $1, in the foreground: $(ps -o stat= -p $$)"
cat >"$2.text"
grep -c 'out  line' "$2.text"
tail -n 1 "$2.text"
read -r key </dev/tty
echo "$key" >"$2"
EOS
chmod +x "$DIR/page"
open_terminal 80 24 "PAGER='$DIR/page -S $DIR/said'"
attach
wait_for '>v fetch'
engine "$(for i in $(seq 1 300); do echo "output line $i"; done)"
keys o
wait_for 'out  line 300'
keys O
wait_for 'paged with -S, in the foreground: .*\+'
wait_for '^300$'
wait_for 'out  line 300$'

# Meanwhile the monitor asks on: the engine would drop who reads nothing.
requests() { grep -c '"tail"' "$DIR/requests"; }
before=$(requests)
goes_on() { [ "$(requests)" -gt "$before" ]; }
until_true $WAIT_S goes_on || fail "the monitor waits for the pager"
engine output behind the pager

# Ctrl-Z stops the whole job; fg brings the pager back.
keys C-z
wait_for 'Stopped'
keys 'fg; echo "status $?"; stty -a >after' Enter
wait_for "^$POOLTOP attach crawl"
keys seen Enter
wait_for 'out  behind the pager'
until_true $WAIT_S test -s "$DIR/said" || fail "the pager got no key"
[ "$(cat "$DIR/said")" = seen ] || fail "the pager got: $(cat "$DIR/said")"

# Ctrl-C goes to the pager alone.
keys O
wait_for 'paged with'
keys C-c
wait_for 'the pager was ended by signal 2|the pager ended with status 130'
lacks 'Leave crawl' || fail "Ctrl-C reached the monitor"
keys q
wait_end 0

keys clear Enter
rm -f "$DIR/after"
run_it "PAGER=/nowhere/pager $POOLTOP attach crawl"
wait_for '>v fetch'
keys o
wait_for 'out  line 300'
keys O
wait_for 'PAGER: /nowhere/pager is not found'
keys q
wait_end 0
