# SPDX-License-Identifier: MIT
# Fewer processes than a run needs, by its cgroup's pids.max, which binds root too: without a guardian or an engine it ends
# with 3 and says what to raise; without a worker it goes on with those that it has, and tries again until there is room.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# make_group: a cgroup below this shell's own, in $group; false where that cannot be, or would have no pids.max.
make_group() {
  local line folder path
  for line in $(grep -E '^0::|^[0-9]+:([^:]*,)?pids(,[^:]*)?:' /proc/self/cgroup); do
    path=${line#*:*:}
    if [[ $line == 0::* ]]; then
      folder=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    else
      folder=$(awk '$3 == "cgroup" && $4 ~ /(^|,)pids(,|$)/ { print $2; exit }' /proc/mounts)
    fi
    group=$folder${path%/}/pooltop-test.$$
    [ -n "$folder" ] && mkdir "$group" 2>/dev/null || continue
    [ -w "$group/pids.max" ] && (echo "$BASHPID" >"$group/cgroup.procs") 2>/dev/null && return 0
    rmdir "$group"
  done
  return 1
}
if ! make_group; then
  echo "left out: no cgroup with a pids.max can be made here"
  exit 0
fi
empty() { [ ! -s "$group/cgroup.procs" ]; }
remove_group() {
  local process
  until_true 10 empty || while read -r process; do kill -KILL "$process"; done <"$group/cgroup.procs"
  until_true 10 rmdir "$group"
}
trap 'status=$?; remove_group; (exit $status); finish' EXIT

# In a sanitized build the look for leaks at the end wants a process of its own.
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
# with PROCESSES COMMAND...: in the cgroup, which may have so many.
with() {
  until_true 20 empty
  echo "$1" >"$group/pids.max"
  shift
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

cat >few.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 40]}},
            {"name": "work", "op": "identity", "workers": 4},
            {"name": "save", "sink": {"lines": "saved"}}]}
JSON

expect 3 with 1 "$POOLTOP" run few.json --plain
has err "fork guardian: Resource temporarily unavailable (no more processes: "
has err "pids.max"
expect 3 with 2 "$POOLTOP" run few.json --plain
has err "few: fork engine: Resource temporarily unavailable (no more processes: "
has err "pids.max"
lacks err killed
same "what was written" "$(cat saved 2>&1)" "cat: saved: No such file or directory"

# Front, guardian, engine and forkserver are there, and one worker after another finds no room, until there is.
with 6 "$POOLTOP" run few.json --plain --set work.workers=8 >out 2>err </dev/null &
front=$!
until_true 20 grep -q 'clone worker: Resource temporarily unavailable (no more processes: .*pids.max' err
echo max >"$group/pids.max"
wait "$front"
same "exit" "$?" 0
same "saved" "$(sort -n saved | xargs)" "$(seq 0 39 | xargs)"
