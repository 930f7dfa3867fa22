# SPDX-License-Identifier: MIT
# Sourced by the scripts of tests/cli and tests/configs: a directory of one's own, what to expect, waiting for events.
# A script ends with 0 if all held; at its end no process of its runs is left.
set -uo pipefail
: "${POOLTOP:?the program under test}" "${POOLTOP_SOURCE:?the source tree}"

here=$(mktemp -d "${TMPDIR:-/tmp}/pooltop-test.XXXXXX")
export XDG_STATE_HOME=$here/state XDG_RUNTIME_DIR=$here/runtime
mkdir -m 700 "$XDG_STATE_HOME" "$XDG_RUNTIME_DIR"
unset POOLTOP_CLOCK NO_COLOR
export LC_ALL=C.UTF-8
cd "$here" || exit 1
mkfifo "$here/never" && exec {never}<>"$here/never"
failed=0

pooltop() { "$POOLTOP" "$@"; }

complain() {
  printf 'FAILED: %s\n' "$*" >&2
  failed=1
}

# expect STATUS COMMAND...: runs it, keeps its stdout and stderr in $here/out and $here/err.
expect() {
  local wanted=$1 status=0
  shift
  "$@" >"$here/out" 2>"$here/err" </dev/null || status=$?
  [ "$status" = "$wanted" ] && return 0
  complain "exit $status, not $wanted: $*"
  sed 's/^/    /' "$here/out" "$here/err" >&2
  return 1
}

# has FILE TEXT, lacks FILE TEXT: a fixed text in a file.
has() { grep -qF -- "$2" "$1" || { complain "\"$2\" is not in $1:"; sed 's/^/    /' "$1" >&2; }; }
lacks() { ! grep -qF -- "$2" "$1" || { complain "\"$2\" is in $1:"; sed 's/^/    /' "$1" >&2; }; }

# same WHAT GOT WANTED
same() { [ "$2" = "$3" ] || complain "$1: got \"$2\", not \"$3\""; }

# Waits a moment without a process of its own.
breathe() { read -rt 0.05 -u "$never" || true; }

# until_true SECONDS COMMAND...: waits until the command succeeds, on a busy machine three times as long.
until_true() {
  local deadline=$((SECONDS + 3 * $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || { complain "not within time: $*"; return 1; }
    breathe
  done
}

# status_is RUN PYTHON-EXPRESSION: true of the run's status object `s`.
status_is() {
  pooltop status --run "$1" --json | python3 -c "import json, sys; s = json.load(sys.stdin); sys.exit(not ($2))"
}
# status_of RUN PYTHON-EXPRESSION: prints it.
status_of() { pooltop status --run "$1" --json | python3 -c "import json, sys; s = json.load(sys.stdin); print($2)"; }

# The processes that live in this test's directories, those of its jobs too.
runs_left() {
  # In a shell without the variable: else the processes that look would find themselves.
  env -u XDG_STATE_HOME sh -c 'grep -lz "^XDG_STATE_HOME=$1/" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3' sh "$here"
  return 0
}
none_left() { [ -z "$(runs_left)" ]; }

finish() {
  local status=$?
  [ "$status" = 0 ] || failed=1
  if ! until_true 10 none_left; then
    for process in $(runs_left); do
      printf '    left over: %s\n' "$process $(tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null)" >&2
      kill -KILL "$process" 2>/dev/null
    done
  fi
  cd / && rm -rf "$here"
  exit "$failed"
}
trap finish EXIT

# A terminal with a shell in it, as a user has: tmux on a socket of its own. start_terminal COLUMNS ROWS.
tm() { tmux -L "pooltop-cli-$$" -f /dev/null "$@"; }
start_terminal() {
  trap 'status=$?; tm kill-server 2>/dev/null; (exit $status); finish' EXIT
  tm new-session -d -x "$1" -y "$2" "cd '$here' && PS1='ready> ' exec bash --norc --noprofile" || { complain "no terminal: tmux does not start"; exit 1; }
  until_true 20 screen_has 'ready>'
}
screen() { tm capture-pane -p; }
screen_has() { screen | grep -qF -- "$1"; }
wait_screen() { until_true 30 screen_has "$1" || screen | sed 's/^/    |/' >&2; }
keys() { tm send-keys "$@"; }
# type_line TEXT: a line for the shell in the terminal.
type_line() { tm send-keys -l "$1" && tm send-keys Enter; }
