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

keys clear Enter
attach
wait_for '>v fetch'
kill -s INT "$(monitor_pid)"
wait_for 'Leave crawl\?'
kill -s INT "$(monitor_pid)"
wait_end 0
no_request '"stop"'
