# SPDX-License-Identifier: MIT
# Directories, sockets and limits that will not do are told with what to do about them, by status 2 and before anything
# is started. What an interrupted run of that name left can be gone on with after it, as if nothing had been asked.
. "$POOLTOP_SOURCE/tests/cli/_interrupted.sh"

expect 0 pooltop run steps.json --detach
until_true 30 status_is steps 's["items"]["done"] == 50'
interrupt steps
touch go
state=$XDG_STATE_HOME/pooltop runtime=$XDG_RUNTIME_DIR/pooltop
kept() { (cd "$state/runs/steps" && find . -type f ! -name engine.log -exec sha256sum {} + | sort); }
before=$(kept)

# refused TEXT [COMMAND...]: a new run, and one that goes on, are refused with it, and nothing is started or lost.
refused() {
  local text=$1 how
  shift
  for how in "" --resume; do
    expect 2 "$@" "$POOLTOP" run steps.json --plain $how || printf '    of: %s\n' "$text" >&2
    has err "$text"
    same "lines of stderr" "$(wc -l <err)" 1
    same "stdout" "$(cat out)" ""
  done
  same "what is left of the run before ($text)" "$(kept)" "$before"
  none_left || complain "something was started: $text"
}

# A directory of ours: another's mode, another owner, a link, a file. For each what it is, and what to do.
for place in "$runtime" "$state" "$state/runs" "$state/runs/steps"; do
  chmod 777 "$place"
  expect 2 pooltop run steps.json --plain
  has err "$place: is open to others (mode 0777); if it is yours: chmod 700 $place"
  chmod 700 "$place"
  mv "$place" "$here/real" && ln -s "$here/real" "$place"
  expect 2 pooltop run steps.json --plain
  has err "$place: is a link or no directory; pooltop's own directories are never links: remove it"
  rm "$place" && mv "$here/real" "$place"
  if [ "$(id -u)" = 0 ]; then
    chown 65534 "$place"
    expect 2 pooltop run steps.json --plain
    has err "$place: belongs to uid 65534, not to you (uid 0); remove it or have it removed"
    chown 0 "$place"
  fi
  same "what is left behind $place" "$(kept)" "$before"
done
[ "$(id -u)" = 0 ] || echo "left out: another owner, as only root can give a directory away"
chmod 755 "$state/runs/steps"
for command in status logs wait failed; do
  expect 2 pooltop $command steps
  has err "$state/runs/steps: is open to others"
done
chmod 700 "$state/runs/steps"

# What they lie in.
chmod 777 "$XDG_RUNTIME_DIR"
refused "$XDG_RUNTIME_DIR: anyone may write there (mode 0777); chmod o-w it, or choose another"
chmod 700 "$XDG_RUNTIME_DIR"
refused "XDG_RUNTIME_DIR=/proc/none: mkdir /proc/none: No such file or directory" env XDG_RUNTIME_DIR=/proc/none
refused "XDG_RUNTIME_DIR=$here/steps.json: open $here/steps.json: Not a directory" env "XDG_RUNTIME_DIR=$here/steps.json"
expect 2 env XDG_STATE_HOME=/proc/none "$POOLTOP" run steps.json --plain
has err "XDG_STATE_HOME=/proc/none: mkdir /proc/none: No such file or directory"

# The socket: a path that is too long, something else of its name, and another engine on it.
deep=$here/$(printf '%090d' 0)
refused "a socket's may have 107: $deep/pooltop/steps.sock; use a shorter --name or XDG_RUNTIME_DIR" env "XDG_RUNTIME_DIR=$deep"
[ ! -e "$deep" ] || complain "a directory was made for a socket that cannot be"
echo mine >"$runtime/steps.sock"
refused "control socket $runtime/steps.sock: something that is no socket has this name: remove it, or use another --name"
same "what has the socket's name" "$(cat "$runtime/steps.sock")" mine
rm "$runtime/steps.sock"
mkfifo taken
python3 - "$runtime/steps.sock" taken <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
open(sys.argv[2]).read()
os._exit(0)  # and leaves its socket there
PY
listener=$!
exec {hold}>taken
until_true 10 python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$runtime/steps.sock"
refused_while_listened() {
  for how in "" --resume; do
    expect 2 pooltop run steps.json --plain $how
    has err "control socket $runtime/steps.sock: another engine listens on it (PID $listener); its run has this name too"
  done
  same "what is left of the run before" "$(kept)" "$before"
}
refused_while_listened
exec {hold}>&-
wait "$listener"
[ -S "$runtime/steps.sock" ] || complain "no stale socket was left"

# Limits of the process, and calls that a kernel is too old for or a container forbids.
(ulimit -n 40; expect 2 pooltop run steps.json --plain) || complain "not refused with 40 descriptors"
has err "4 workers need 56 file descriptors, this process may have 40 (ulimit -Hn): raise that, or take fewer workers"
same "what is left behind a limit" "$(kept)" "$before"
cat >refuse_call.py <<'PY'
# refuse_call.py ERRNO NAME COMMAND...: the command, which the kernel refuses this call.
import ctypes, os, platform, struct, sys
numbers = {"pidfd_open": 434, "pidfd_send_signal": 424, "clone3": 435, "close_range": 436,
           "memfd_create": 319 if platform.machine() == "x86_64" else 279}
load, equal, answer = 0x20, 0x15, 0x06
rules = b"".join(struct.pack("HBBI", *rule) for rule in (
    (load, 0, 0, 0), (equal, 0, 1, numbers[sys.argv[2]]), (answer, 0, 0, 0x00050000 | int(sys.argv[1])),
    (answer, 0, 0, 0x7FFF0000)))
held = ctypes.create_string_buffer(rules)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(held)))
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
    sys.exit("no filter can be set here: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[3], sys.argv[3:])
PY
for call in pidfd_open pidfd_send_signal close_range memfd_create; do
  refused "this system refuses the call $call: " python3 refuse_call.py 38 $call
  has err "; needed are Linux 5.9 or newer, and in a container or sandbox one that allows it"
done
refused "this system refuses the call pidfd_open: Operation not permitted" python3 refuse_call.py 1 pidfd_open

# A stale socket is taken over, and the run goes on to its end: nothing above has harmed it. Containers commonly refuse
# clone3, and it does not need that.
expect 0 python3 refuse_call.py 38 clone3 "$POOLTOP" run steps.json --resume --plain
same "all there, in order" "$(cat saved)" "$(seq 0 99)"
same "what was done was not run again" "$(sort -n ran | uniq -c | awk '$1 > 1 && $2 < 50' | wc -l)" 0

# A runtime directory that is missing is made, for its owner alone.
expect 0 env "XDG_RUNTIME_DIR=$here/made/here" "$POOLTOP" run steps.json --plain
same "what was made" "$(stat -c %a made made/here made/here/pooltop | xargs)" "700 700 700"
