# SPDX-License-Identifier: MIT
# An engine that falls silent, a connection that is lost and found again, an engine that is gone.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 100 24
attach
wait_for '>v fetch'
engine silent
wait_for 'NO DATA [0-9]+s'
engine speak
wait_gone 'NO DATA'
engine drop
until_true $WAIT_S eval '[ "$(grep -c continue.:.false "$DIR/requests")" -ge 2 ]' || fail "it did not come back"
wait_gone 'NO CONNECTION'
engine set items.done 4000
wait_for '4002/9000'
kill -9 "$ENGINE_PID"
wait_for 'NO CONNECTION'
wait_end 3
