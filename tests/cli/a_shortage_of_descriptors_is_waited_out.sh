# SPDX-License-Identifier: MIT
# More workers than there are descriptors for, once the run goes on: those that are there work on, the others are told to be
# missing and tried again without haste, and nothing is lost.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# UBSan's look at an object opens a pipe, and without a descriptor left takes every object for a broken one: the debug
# build shows this behaviour, a sanitized one cannot.
if grep -q __ubsan_handle "$POOLTOP"; then
  echo "not for a build with UBSan"
  exit 0
fi

cat >short.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 40]}},
            {"name": "work", "shell": "until [ -e go ]; do sleep 1; done; echo $1", "workers": 2},
            {"name": "save", "sink": {"lines": "saved"}}]}
JSON
(
  ulimit -n 64
  exec "$POOLTOP" run short.json --plain >out 2>err </dev/null
) &
front=$!
until_true 20 status_is short 's["stages"][1]["busy"] == 2'
expect 0 pooltop scale short work 30
until_true 20 grep -qi 'too many open files' err
# Each missing one is tried once a second, and no processor is used up by that.
refused() {
  python3 - "$XDG_RUNTIME_DIR/pooltop/short.sock" <<'PY'
import json, socket, sys
engine = socket.socket(socket.AF_UNIX)
engine.connect(sys.argv[1])
engine.sendall(b'{"command": "events"}\n')
answers = engine.makefile()
answers.readline()
sys.exit(sum(e["kind"] == "start_refused" for e in json.loads(answers.readline())["events"]) < 40)
PY
}
# The run can still be asked and told: whoever is short of descriptors wants to know, and to stop or scale down.
for _ in 1 2 3 4 5 6; do pooltop status short --json >/dev/null || complain "no status while descriptors are short"; done
expect 0 pooltop pause short work
until_true 20 status_is short 's["stages"][1]["state"] == "paused"'
child=$(status_of short '[w["child_pid"] for w in s["workers"] if w["child_pid"]][0]')
grep -q '^State:.T' "/proc/$child/status" || complain "a paused worker's child goes on"
expect 0 pooltop resume short work
engine=$(status_of short 's["pid"]')
ticks() { sed -E 's/.*\) //' "/proc/$engine/stat" | awk '{ print $12 + $13 }'; }
began=$(date +%s%N)
before=$(ticks)
until_true 30 refused
share=$((($(ticks) - before) * 1000000000 / ($(date +%s%N) - began)))  # percent: a tick is 10 ms
[ "$share" -lt 50 ] || complain "waiting took $share % of a core"
# It is told when it begins and when it is over, and in between every ten seconds at most.
expect 0 pooltop scale short work 2
until_true 20 grep -q 'START REFUSED work: no longer, after [0-9]* times in ' err
told=$(grep -ci 'too many open files' err)
[ "$told" -lt 10 ] || complain "told $told times"
>go
wait "$front"
same "exit" "$?" 0
same "saved" "$(sort -n saved | xargs)" "$(seq 0 39 | xargs)"
