# SPDX-License-Identifier: MIT
# The screen follows the terminal's size, also in the middle of a question, and comes back the same.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for '>v fetch'
keys Enter Down
wait_for '^>  21872'
wait_for 'no output so far'
before=$(screen)

keys K
wait_for 'Kill worker 21872'
tm resize-window -x 40 -y 10
wait_for 'Kill worker 21872'
wait_for '\+|┌'
keys Escape
wait_for '^> 21872 busy'
tm resize-window -x 120 -y 40
wait_for 'Items out per second'
wait_for '21885  store'
tm resize-window -x 18 -y 2
wait_for '^34% '
tm resize-window -x 60 -y 8
wait_for 'fetch: 32s on item 2988'
tm resize-window -x 200 -y 60
wait_for 'BUSY/N'
for size in 1,1 3,100 70,3 40,10 20,3 200,60 79,24 80,19; do tm resize-window -x "${size%,*}" -y "${size#*,}"; done
tm resize-window -x 80 -y 24
same() { [ "$(screen)" = "$before" ]; }
until_true $WAIT_S same || fail "80x24 is not what it was: $(diff <(echo "$before") <(screen))"
no_request '"kill"'
keys q
wait_end 0
