# SPDX-License-Identifier: MIT
# SIGKILL for the engine, for its guardian, for a worker: a second later none of what they had started is there, however
# it hid (sessions of its own, double forks, signals ignored), and no name in /dev/shm, no socket, no zombie.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# Of each item there is a tree of four: the command, and three sleeps that made themselves independent in their ways.
cat >hide <<'SH'
trap '' HUP INT TERM
setsid sleep 1000 &
(setsid sh -c '(exec sleep 1000) & exec sleep 1000' &)
: >"hidden.$1.$$"
exec sleep 1000
SH
cat >hide.json <<'JSON'
{"defaults": {"backoff": "10ms", "crash_retries": 100}, "stages": [
 {"name": "numbers", "source": {"range": [0, 50]}},
 {"name": "hide", "command": ["sh", "hide", "{}"], "workers": 2, "start_method": "forkserver"},
 {"name": "stay", "worker": ["sh", "-c", "read -r item; sh hide stay"], "start_method": "spawn"},
 {"name": "rest", "from": ["hide", "stay"], "sink": {"discard": true}}]}
JSON
sed -i 's/"name": "stay"/"name": "stay", "from": ["numbers"]/' hide.json

# The processes of the run: PID, parent, state, name.
tree() { for pid in $(runs_left); do sed -E 's/^([0-9]+) \((.*)\) (.) ([0-9]+) .*/\1 \4 \3 \2/' "/proc/$pid/stat" 2>/dev/null; done; }
sleeping() { [ "$(tree | grep -c ' sleep$')" -ge "$1" ]; }
shm() { ls /dev/shm | grep -i pooltop | grep -v '^pooltop-test\.'; }  # but for the folders of tests
start() {
  rm -f hidden.*
  "$POOLTOP" run hide.json --plain >out 2>err </dev/null &
  front=$!
  until_true 20 sleeping 12 || { cat err >&2; kill "$front"; exit 1; }
}
# The moment when the last process of the run was gone is soon after the kill, where the machine is not busy.
gone_since() {
  until_true 10 none_left
  local took=$(($(date +%s%N) / 1000000 - $1))
  [ "$took" -lt 3000 ] || [ "$(cut -d . -f 1 /proc/loadavg)" -ge "$((3 * $(nproc)))" ] || complain "after the $2 was killed it took $took ms"
  [ ! -e "$XDG_RUNTIME_DIR/pooltop/hide.sock" ] || complain "the socket is left after the $2 was killed"
}
before=$(shm)

start
engine=$(status_of hide 's["pid"]')
killed=$(($(date +%s%N) / 1000000))
kill -KILL "$engine"
wait "$front"
same "exit of run" "$?" 3
gone_since "$killed" engine

start
engine=$(status_of hide 's["pid"]')
guardian=$(sed -E 's/.*\) . ([0-9]+) .*/\1/' "/proc/$engine/stat")
killed=$(($(date +%s%N) / 1000000))
kill -KILL "$guardian"
wait "$front"
same "exit of run" "$?" 3
has err "guardian was killed"
gone_since "$killed" guardian

# A worker: its tree goes, the others' stay, and its slot has a new one.
start
engine=$(status_of hide 's["pid"]')
worker=$(status_of hide '[w["pid"] for w in s["workers"] if w["stage"] == "hide"][0]')
descendants() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do echo "$child"; descendants "$child"; done
}
mapfile -t below < <(descendants "$worker")
[ "${#below[@]}" -ge 4 ] || complain "the worker has no tree: ${below[*]}"
any_left() { for pid in "$worker" "${below[@]}"; do [ ! -e "/proc/$pid" ] || return 0; done; return 1; }
none_of_it() { ! any_left; }
kill -KILL "$worker"
until_true 10 none_of_it
until_true 20 status_is hide 'any(w["stage"] == "hide" and w["pid"] not in (0, '"$worker"') and w["restarts"] == 1 for w in s["workers"])'
until_true 30 sleeping 12
# No process of the run is a zombie that nobody reaps: those that there are now are gone soon.
zombies() { tree | grep -E ' Z '; ps -o pid=,stat= --ppid "$engine" | grep ' Z'; }
no_zombies() { [ -z "$(zombies)" ]; }
until_true 10 no_zombies
expect 0 pooltop stop hide --now
wait "$front"
until_true 10 none_left
same "names in /dev/shm" "$(shm)" "$before"
