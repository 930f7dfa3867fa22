# SPDX-License-Identifier: MIT
# However the monitor ends, the terminal is as it was before.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24

# The front is the shell's child, the monitor the front's.
monitor_pid() { pgrep -P "$(pgrep -P "$(tm display-message -p '#{pane_pid}')")"; }

for signal in TERM HUP SEGV ABRT BUS FPE ILL; do
  keys clear Enter
  attach
  wait_for '>v fetch'
  kill -s $signal "$(monitor_pid)"
  wait_end '[0-9]+'
done

# A front that is killed takes its monitor along: it must not draw on what is the shell's again.
keys clear Enter
attach
wait_for '>v fetch'
kill -s KILL "$(pgrep -P "$(tm display-message -p '#{pane_pid}')")"
screen_is_back() { [ "$(tm display-message -p '#{alternate_on} #{cursor_flag}')" = "0 1" ]; }
until_true $WAIT_S screen_is_back || fail "the monitor has the screen still"
until_true $WAIT_S test -s "$DIR/after" || fail "the shell did not go on"
rm -f "$DIR/after"
keys Enter 'reset; echo and "on"' Enter
wait_for '^and on$'

keys clear Enter
attach
wait_for '>v fetch'
kill -s INT "$(monitor_pid)"
wait_for 'Leave crawl\?'
kill -s INT "$(monitor_pid)"
wait_end 0
no_request '"stop"'
