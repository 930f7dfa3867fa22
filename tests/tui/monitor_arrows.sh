# SPDX-License-Identifier: MIT
# Arrow keys are understood in both forms that terminals send.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for '>v fetch'
keys -H 1b 5b 42 # CSI B
wait_for '>v parse'
keys -H 1b 4f 42 # SS3 B
wait_for '>\S+index'
keys -H 1b 5b 41
wait_for '>v parse'
keys -H 1b 4f 41
wait_for '>v fetch'
keys q
wait_end 0
