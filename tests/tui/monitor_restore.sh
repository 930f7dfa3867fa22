# SPDX-License-Identifier: MIT
# However the monitor ends, the terminal is as it was before.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24

# The monitor: the youngest process of the job.
monitor_pid() { pgrep -f "^$POOLTOP attach" | tail -n 1; }

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
