# SPDX-License-Identifier: MIT
# The terminal's title says how far the run is, and is what it was afterwards; it rings once for the first failed item
# and once for the end.
. "$(dirname "$0")/_lib.sh"
start_engine
engine set items.failed 0
open_terminal 80 24
tm pipe-pane -o "cat >>$DIR/bytes"
tm select-pane -T 'title of the shell'

title_is() { [ "$(tm display-message -p '#{pane_title}')" = "$1" ]; }
wait_title() { until_true $WAIT_S title_is "$1" || fail "the title is $(tm display-message -p '#{pane_title}'), not $1"; }
bells() { tr -dc '\a' <"$DIR/bytes" | wc -c; }
bells_are() { [ "$(bells)" -eq "$1" ]; }
wait_bells() { until_true $WAIT_S bells_are "$1" || fail "it rang $(bells) times, not $1"; }

attach
wait_title 'pooltop crawl 34%'
engine set items.done 4500
wait_title 'pooltop crawl 50%'
engine set state '"paused"'
wait_title 'pooltop crawl paused'
bells_are 0 || fail 'it rang for nothing'

engine set items.failed 1
wait_for 'failed 1 '
wait_bells 1
engine set items.failed 2
wait_for 'failed 2 '

# Suspended, the shell has its title.
keys C-z
wait_for 'Stopped'
wait_title 'title of the shell'
keys 'fg; echo "status $?"; stty -a >after' Enter
wait_title 'pooltop crawl paused'
keys q
wait_end 0
wait_title 'title of the shell'
bells_are 1 || fail "it rang $(bells) times"

# A terminal that could not take it back is not told; nobody is, who does not want it.
engine set state '"running"'
for way in "env TERM=linux $POOLTOP attach crawl" "env TERM=rxvt-unicode $POOLTOP attach crawl" \
  "env STY=1.pts $POOLTOP attach crawl" "$POOLTOP attach crawl --no-title"; do
  keys clear Enter
  run_it "$way"
  wait_for '>v fetch'
  title_is 'title of the shell' || fail "the title was set by $way"
  keys q
  wait_end 0
done

keys clear Enter
attach --no-bell
wait_title 'pooltop crawl 50%'
engine set items.failed 0
wait_for 'failed 0 '
engine set items.failed 1
wait_for 'failed 1 '
keys q
wait_end 0
bells_are 1 || fail 'it rang in spite of --no-bell'

# The end rings, and leaves the shell its title, also when the monitor is killed.
keys clear Enter
attach
wait_title 'pooltop crawl 50%'
kill -s KILL "$(pgrep -P "$(pgrep -P "$(tm display-message -p '#{pane_pid}')")")"
wait_end 3
wait_title 'title of the shell'
keys clear Enter
attach
wait_title 'pooltop crawl 50%'
engine end done 1
wait_title 'pooltop crawl done'
wait_bells 2
keys q
wait_end 1
wait_title 'title of the shell'
bells_are 2 || fail "it rang $(bells) times"
