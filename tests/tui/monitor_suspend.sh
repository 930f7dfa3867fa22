# SPDX-License-Identifier: MIT
# Ctrl-Z gives the shell back, fg the monitor, cursor and all; a STOP from outside is survived.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
keys "stty -a >before; $POOLTOP attach crawl" Enter
wait_for '>v fetch'
keys j
wait_for '>v parse'
keys C-z
wait_for 'Stopped'
wait_gone '>v parse'
keys 'stty -a >during' Enter
until_true $WAIT_S test -s "$DIR/during"
cmp -s "$DIR/before" "$DIR/during" || fail "the shell got other modes: $(diff "$DIR/before" "$DIR/during")"
keys clear Enter
keys 'fg; echo "status $?"; stty -a >after' Enter
wait_for '>v parse'
keys k
wait_for '>v fetch'
keys q
wait_end 0
