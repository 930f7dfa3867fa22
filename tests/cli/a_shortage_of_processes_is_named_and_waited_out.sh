# SPDX-License-Identifier: MIT
# Fewer processes than a run needs: without a guardian or an engine it ends with 3 and says what is short; without a
# worker it goes on with those that it has, and tries again until there is room.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

if [ "$(id -u)" != 0 ]; then
  echo "left out: only root can be a user who has no other process"
  exit 0
fi
# A user of this test's own: the limit counts all of a user's processes, and does not bind root.
user=$((100000 + $$))
if ! setpriv --reuid=$user --regid=$user --clear-groups true 2>err; then
  echo "left out: no other user here: $(cat err)"
  exit 0
fi
# In a sanitized build the look for leaks at the end wants a process of its own.
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
chmod 711 "$here"
mkdir -m 700 work state/own runtime/own
chown $user work state runtime state/own runtime/own
export XDG_STATE_HOME=$here/state/own XDG_RUNTIME_DIR=$here/runtime/own HOME=$here/work
cd work || exit 1
# with PROCESSES COMMAND...: as that user, who may have so many.
with() {
  local processes=$1
  shift
  setpriv --reuid=$user --regid=$user --clear-groups prlimit --nproc="$processes" "$@"
}
as_user() { setpriv --reuid=$user --regid=$user --clear-groups "$@"; }
pooltop() { as_user "$POOLTOP" "$@"; }
if ! as_user "$POOLTOP" --version >version 2>&1 || ! as_user test -w "$here/work"; then
  echo "left out: another user cannot reach the program or this folder: $(cat version)"
  exit 0
fi
rm version

cat >few.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 40]}},
            {"name": "work", "op": "identity", "workers": 4},
            {"name": "save", "sink": {"lines": "saved"}}]}
JSON

# None of the user's processes is left, zombies neither: they would count.
processes() { ps -eo uid= | grep -cx " *$user"; }
nobody_there() { [ "$(processes)" = 0 ]; }
until_true 20 nobody_there
expect 3 with 1 "$POOLTOP" run few.json --plain
has "$here/err" "fork guardian: Resource temporarily unavailable (no more processes: this user may have 1 (ulimit -u), its cgroup pids.max; raise that, or take fewer workers)"
until_true 20 nobody_there
expect 3 with 2 "$POOLTOP" run few.json --plain
has "$here/err" "few: fork engine: Resource temporarily unavailable (no more processes: this user may have 2 (ulimit -u)"
lacks "$here/err" "killed"
same "what was written" "$(cat saved 2>&1)" "cat: saved: No such file or directory"
# Who started the run has reaped its guardian, also where nobody else would.
nobody_there || complain "left behind: $(ps -eo uid,pid,stat,args | grep -w "$user")"

# Front, guardian, engine and forkserver are there, and one worker after another finds no room, until there is.
until_true 20 nobody_there
with 6 "$POOLTOP" run few.json --plain --set work.workers=8 >out 2>err </dev/null &
front=$!
until_true 20 grep -q 'clone worker' err
has err "clone worker: Resource temporarily unavailable (no more processes: this user may have 6 (ulimit -u), its cgroup pids.max; raise that, or take fewer workers)"
for process in $(ps -eo uid=,pid= | awk -v user=$user '$1 == user { print $2 }'); do
  prlimit --pid "$process" --nproc=4096 2>/dev/null  # one that has just ended needs none
done
wait "$front"
same "exit" "$?" 0
same "saved" "$(sort -n saved | xargs)" "$(seq 0 39 | xargs)"
# That it begins is said once for each stage, whatever the number of its workers.
same "lines that say so" "$(grep -c 'ERROR .*clone worker' err)" "$(grep -o 'ERROR [a-z]*: clone worker' err | sort -u | wc -l)"
lacks err 'START REFUSED work: clone'

