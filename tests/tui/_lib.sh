# SPDX-License-Identifier: MIT
# Sourced by the tests of the monitor: a fake engine, and a terminal (tmux on a socket of its own) with a shell in it.
# Everything waits for what is to be seen, with a deadline; nothing waits for a time.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIR=$(mktemp -d)
ENGINE_PID=
WAIT_S=60  # a limit, not a pause: time passes only where something is wrong

tm() { tmux -L "pooltop-test-$$" -f /dev/null "$@"; }

clean_up() {
  tm kill-server 2>/dev/null
  [ -n "$ENGINE_PID" ] && kill "$ENGINE_PID" 2>/dev/null && wait "$ENGINE_PID" 2>/dev/null
  rm -rf "$DIR"
}
trap clean_up EXIT

mkfifo "$DIR/never"
exec 9<>"$DIR/never"
# A short rest between two looks, on a pipe that never says anything.
rest() { read -r -t 0.05 _ <&9 || :; }

screen() { tm capture-pane -p; }
colored_screen() { tm capture-pane -p -e; }

fail() {
  echo "FAILED: $*"
  echo "--- screen:"
  screen
  echo "--- requests:"
  tail -n 20 "$DIR/requests" 2>/dev/null | cut -c1-300
  exit 1
}

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -ge "$end" ] && return 1
    rest
  done
}

shows() { screen | grep -qE -- "$1"; }
lacks() { ! screen | grep -qE -- "$1"; }
asked() { grep -qE -- "$1" "$DIR/requests"; }
wait_for() { until_true $WAIT_S shows "$1" || fail "the screen never showed: $1"; }
wait_gone() { until_true $WAIT_S lacks "$1" || fail "the screen still shows: $1"; }
wait_request() { until_true $WAIT_S asked "$1" || fail "the engine was never asked: $1"; }
no_request() { ! asked "$1" || fail "the engine was asked: $1"; }
keys() { tm send-keys "$@"; }
engine() { echo "$*" >"$DIR/commands"; }

start_engine() {
  python3 "$HERE/fake_engine.py" "$DIR" "$HERE/crawl.json" 2>"$DIR/engine.err" &
  ENGINE_PID=$!
  until_true $WAIT_S test -p "$DIR/commands" || fail "no fake engine: $(cat "$DIR/engine.err")"
}

# open_terminal COLS ROWS [NAME=VALUE...]: a shell whose commands see the fake engine's run.
open_terminal() {
  local cols=$1 rows=$2
  shift 2
  cat >"$DIR/profile" <<EOF
export XDG_STATE_HOME=$DIR/state XDG_RUNTIME_DIR=$DIR/run LC_ALL=C.UTF-8 PS1='ready> ' HISTFILE=
unset NO_COLOR STY COLORFGBG
$([ $# -gt 0 ] && printf 'export %s\n' "$@")
cd $DIR
EOF
  tm new-session -d -x "$cols" -y "$rows" "bash --noprofile --rcfile $DIR/profile -i" || fail "tmux did not start"
  tm set -g status off
  tm resize-window -x "$cols" -y "$rows"
  wait_for '^ready>'
}

# run_it COMMAND: its exit status is shown behind "status".
run_it() { keys "stty -a >before; $1; echo \"status \$?\"; stty -a >after" Enter; }
attach() { run_it "$POOLTOP attach crawl $*"; }

# The terminal is as it was: its modes, the screen, the cursor.
wait_end() {
  wait_for "^status $1\$"
  until_true $WAIT_S cmp -s "$DIR/before" "$DIR/after" ||
    fail "the terminal's modes differ: $(diff "$DIR/before" "$DIR/after" 2>&1)"
  [ "$(tm display-message -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')" = "0 1 0" ] ||
    fail "alternate screen, cursor or mouse are not as before"
  rm -f "$DIR/after"
}
