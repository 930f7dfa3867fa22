# SPDX-License-Identifier: MIT
# Output: searched, filtered, followed until one scrolls, wrapped, copied to the clipboard of a real terminal.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
tm set -s set-clipboard on
attach
wait_for '>v fetch'
engine "$(for i in $(seq 1 40); do echo "output line $i"; done; printf 'output \033[31mError\033[0m in the middle\n'
  for i in $(seq 41 80); do echo "output line $i"; done)"
keys o
wait_for 'out  line 80'
wait_for 'following'
wait_request '"tail", "stage": "fetch", "lines": 10000'

# A search from the end finds what is above; the place of it is said.
keys / error
wait_for 'search: error'
wait_for '^>.* out  Error in the middle'
wait_for '/error 1 of 1'
keys Enter n
wait_for 'the search went on at the first line'

# Scrolled away, the view stays, and what comes is counted; G follows again.
wait_for 'not following'
engine output one more
wait_for '\+1 new \(G\)'
shows 'Error in the middle' || fail "the view moved"
keys G
wait_for 'out  one more'
wait_for 'following'

# y copies the line under the cursor, its colours left out.
keys N
wait_for '^>.* out  Error in the middle'
keys y
wait_for 'copied the line, 19 bytes'
is_copied() { [ "$(tm show-buffer 2>/dev/null)" = "$1" ]; }
until_true $WAIT_S is_copied 'Error in the middle' || fail "copied: $(tm show-buffer)"

# Esc ends the search, then the filter, then leaves.
keys '&' 'line 7' Enter
wait_for '&line 7 11 of 82'
wait_gone 'out  line 80'
keys Escape
wait_gone '/error'
shows '&line 7' || fail "the filter went with the search"
keys '&' Home '!' Enter
wait_for '&!line 7 71 of 82'
keys Escape
wait_for '^>.* out  Error in the middle'
keys G
wait_for 'out  line 80'

# A long line is wrapped, or scrolled.
engine output "begin $(printf 'x%.0s' $(seq 100)) end"
keys G
wait_for 'begin xxx'
lacks ' *x* end$' || fail "the end is shown before it is asked for"
keys w
wait_for '^ *x* end$'
keys w Right Right Right Right Right Right Right Right Right
wait_for 'x end$'

keys t
wait_for '[0-9]:[0-9][0-9]:[0-9][0-9]\.120 fetch'
keys t
wait_gone '12:00:43'

keys Escape
wait_for '\[2\] Workers of fetch'
keys Enter Down y
wait_for 'copied 21872'
until_true $WAIT_S is_copied 21872 || fail "copied: $(tm show-buffer)"
keys q
wait_end 0
