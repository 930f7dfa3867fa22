# SPDX-License-Identifier: MIT
# What is pasted by mistake does nothing, however much it looks like keys; it can be pasted into a filter.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for 'crawl  RUNNING'

paste() { printf "$1" | tm load-buffer - && tm paste-buffer -p; }

paste 'qKxD\nq:kill\n\003'
wait_for 'pasted text is not taken for keys'
no_request '"kill"'
shows 'crawl  RUNNING' || fail 'the monitor is gone'

keys Enter /
wait_for 'filter'
paste 'state:idle\n'
wait_for 'state:idle'
keys Enter
wait_gone '^[> ] +21872 '
keys Escape

# The end of a paste that never comes: Ctrl-C is one.
keys -H 1b 5b 32 30 30 7e 71 4b
# Time has to pass: nothing of a paste came for half a second.
read -r -t 1 _ <&9
keys C-c
wait_for 'Leave crawl'
keys Escape
wait_gone 'Leave crawl'

keys q
wait_for '^ready>'
