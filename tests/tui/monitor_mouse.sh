# SPDX-License-Identifier: MIT
# The mouse in a real terminal: a click selects what stands there, two are Enter, a column's name sorts, the wheel
# scrolls, labels of the key bar are keys; m gives it back. What is no report of it does nothing.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for '>v fetch'

# The bytes that a terminal sends; cells count from 1. report BUTTON COL ROW [M|m]
report() { tm send-keys -l "$(printf '\033[<%s;%s;%s%s' "$1" "$2" "$3" "${4:-M}")"; }
# place_of TEXT: the column and row of its first letter.
place_of() {
  local row
  row=$(screen | grep -nF -- "$1" | head -n 1 | cut -d: -f1)
  [ -n "$row" ] || fail "there is no $1 to click on"
  echo "$(screen | sed -n "${row}p" | awk -v text="$1" '{ print index($0, text) }') $row"
}
click() {
  local col row
  read -r col row < <(place_of "$1")
  report 0 "$col" "$row" M
  report 0 "$col" "$row" m
}
# All at once: between the two presses there may be 0.4 s.
click_twice() {
  local col row press
  read -r col row < <(place_of "$1")
  press=$(printf '\033[<0;%s;%sM\033[<0;%s;%sm' "$col" "$row" "$col" "$row")
  tm send-keys -l "$press$press"
}
flags() { tm display-message -p '#{mouse_standard_flag}#{mouse_sgr_flag}#{mouse_button_flag}#{mouse_all_flag}'; }
flags_are() { [ "$(flags)" = "$1" ]; }
until_true $WAIT_S flags_are 1100 || fail "the mouse is taken otherwise: $(flags)"

click 'parse '
wait_for '>v parse'
wait_for 'Workers of parse'
click 'fetch '
wait_for '>v fetch'
click ' 21873 '
wait_for '^> +21873 busy'
click 'Pipeline'
wait_for '═\[1\] Pipeline'
no_request '"(pause|kill|restart)"'

click_twice ' 21872 '
wait_for 'Worker 21872  fetch slot 1'
keys Escape
wait_for '^> +21872 busy'

click 'CPU%'
wait_for 'sort: cpu desc'
click 'CPU%'
wait_for 'sort: cpu asc'

click 'p pause'
wait_request '"pause", "targets": \[21872\], "started_at": "2026-01-31T12:00:00Z"'
click 'K kill'
wait_for 'Kill worker 21872'
report 0 40 5
report 0 40 5
wait_for 'Kill worker 21872'
click 'KILL now'
wait_for '\[9 KILL now\]'
no_request '"kill"'
click_twice 'LL now'
wait_request '"kill", "pids": \[21872\], "started_at": "[^"]*", "signal": "KILL"'
wait_gone 'Kill worker'

# The wheel scrolls what is under it: the keys stay where they are.
keys 2 s g Enter T g
wait_for '1-17 of 21'
wait_for '^> +21870 '
report 65 10 10
wait_for '4-20 of 21'
lacks '^>' || fail 'the wheel has moved the cursor'
keys p
wait_for 'the cursor had been scrolled out of sight'
wait_for '^> +21870 '
no_request '"pause", "targets": .21870'
report 65 10 10
wait_for '4-20 of 21'
report 64 10 10
wait_for '1-17 of 21'
keys T T
click '? help'
wait_for 'pause or resume the worker'
report 65 10 10 M
wait_gone 'pause or resume the worker'
report 64 10 10 M
wait_for 'pause or resume the worker'
keys Escape
wait_gone 'pause or resume the worker'

# None of this is a key, or a click: broken off, too long, outside, pasted.
keys g
wait_for '^> +21870 '
for bytes in '\033[<0;1' '\033[<K' '\033[<0;5;999M' '\033[<0;99999;99999M' '\033[<0;0;0M' '\033[<1;5;9M' \
  '\033[<0;5;9;9M' '\033[<0;123456789012345678901234567890;9M' '\033[<35;5;9M'; do
  tm send-keys -l "$(printf "$bytes")"
done
printf '\033[<0;5;9Mq' | tm load-buffer - && tm paste-buffer -p
wait_for 'pasted text is not taken for keys'
wait_for '^> +21870 '
lacks 'Kill worker' || fail 'bytes of the mouse were taken for keys'

keys m
wait_for 'it selects text as always'
until_true $WAIT_S flags_are 0000 || fail "the terminal has not got its mouse back: $(flags)"
keys m
wait_for 'Shift-drag selects text'
until_true $WAIT_S flags_are 1100 || fail "the mouse is not taken again: $(flags)"

# Suspended, the shell has it.
keys C-z
wait_for 'Stopped'
until_true $WAIT_S flags_are 0000 || fail "the shell has not got its mouse: $(flags)"
keys 'fg; echo "status $?"; stty -a >after' Enter
until_true $WAIT_S flags_are 1100 || fail "the mouse is not taken again: $(flags)"
keys q
wait_end 0

keys clear Enter
attach --no-mouse
wait_for '>v fetch'
flags_are 0000 || fail "the mouse is taken in spite of --no-mouse: $(flags)"
keys m
until_true $WAIT_S flags_are 1100 || fail "m does not take the mouse: $(flags)"
keys q
wait_end 0
