# SPDX-License-Identifier: MIT
# Every terminal that is known here shows the same screen, takes keys and gets everything back; what cannot show one is
# refused with the reason, and a run goes on without it.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24

# Which of the two screens a terminal gets: lines and blocks, or ASCII.
keys clear Enter
run_it "TERM=xterm-256color $POOLTOP attach crawl"
wait_for '>v fetch'
wait_for 'no output so far'
utf8=$(screen)
keys q
wait_end 0
keys clear Enter
run_it "LC_ALL=C TERM=xterm-256color $POOLTOP attach crawl"
wait_for '=\[1\] Pipeline='
wait_for 'no output so far'
ascii=$(screen)
keys q
wait_end 0
# The window's new size reaches the terminal in it a moment later.
tty=$(tm display-message -p '#{pane_tty}')
has_size() { [ "$(stty -F "$tty" size)" = "$1" ]; }
# "ansi" wraps otherwise than this terminal does: its last column is left alone.
keys clear Enter
tm resize-window -x 79 -y 24
until_true $WAIT_S has_size '24 79' || fail 'the window does not get narrower'
attach
wait_for '>v fetch'
narrow=$(screen)
keys q
wait_end 0
tm resize-window -x 80 -y 24
until_true $WAIT_S has_size '24 80' || fail 'the window does not get wider'

is_screen() { [ "$(screen)" = "$1" ]; }

shown=0
for term in xterm-256color xterm screen-256color tmux-256color linux vt100 vt220 ansi rxvt rxvt-unicode alacritty \
  xterm-kitty foot; do
  if ! infocmp "$term" >/dev/null 2>&1; then
    echo "left out: infocmp does not know $term"
    continue
  fi
  case $term in linux | vt*) wanted=$ascii ;; ansi) wanted=$narrow ;; *) wanted=$utf8 ;; esac
  keys clear Enter
  run_it "TERM=$term $POOLTOP attach crawl"
  wait_for '>v fetch'
  until_true $WAIT_S is_screen "$wanted" || fail "$term shows: $(diff <(echo "$wanted") <(screen))"
  keys Down
  wait_for '>v parse'
  keys '?'
  wait_for 'one row up'
  keys Escape
  wait_gone 'one row up'
  keys q
  wait_end 0
  screen | grep -qE 'v parse|NO DATA|RUNNING' && fail "$term is left with lines of the monitor"
  shown=$((shown + 1))
done
[ "$shown" -ge 8 ] || fail "only $shown terminals are known here: is ncurses-term installed?"

cat >"$DIR/short.json" <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}}, {"name": "pick", "shell": "[ $1 -ne 1 ] && echo $1"}]}
JSON
for way in '-u TERM' 'TERM=' 'TERM=dumb' 'TERM=no-such-terminal'; do
  keys clear Enter
  run_it "env $way $POOLTOP attach crawl"
  wait_end 2
  wait_for 'attach: TERM'
  keys clear Enter
  run_it "env $way $POOLTOP run short.json"
  wait_end 1
  wait_for 'no monitor: TERM'
  wait_for 'pooltop short: done, 1 of 3 failed'
done
exit 0
