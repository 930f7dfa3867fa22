# SPDX-License-Identifier: MIT
# Every end of the monitor, on a terminal of which each byte is looked at: modes, alternate screen, cursor, mouse,
# bracketed paste, colours are as before. A monitor that is killed is cleaned up after by the process that stays.
. "$(dirname "$0")/_lib.sh"
start_engine
export XDG_STATE_HOME=$DIR/state XDG_RUNTIME_DIR=$DIR/run LC_ALL=C.UTF-8
unset NO_COLOR

# gives_back STATUS WAY WHAT [TERM]
gives_back() {
  local status
  status=$(TERM=${4:-xterm-256color} python3 "$HERE/on_pty.py" RUNNING "$2" "$3" "$POOLTOP" attach crawl 2>&1) ||
    { echo "FAILED: after $2 $3 on ${4:-xterm-256color}: $status"; exit 1; }
  case $status in $1) ;; *) echo "FAILED: after $2 $3 the status is $status, not $1"; exit 1 ;; esac
}

for term in xterm-256color vt100; do
  gives_back 0 keys q $term
  for signal in TERM HUP; do gives_back 0 monitor $signal $term; done
  for signal in ABRT SEGV BUS FPE ILL KILL; do gives_back 3 monitor $signal $term; done
  for signal in TERM HUP; do gives_back 0 front $signal $term; done
  gives_back 137 front KILL $term
done

# Again and again.
for _ in 1 2 3; do gives_back 3 monitor KILL; done
