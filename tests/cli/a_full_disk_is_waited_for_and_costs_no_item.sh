# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# tried RUN N: N times at least a worker was refused.
tried() {
  python3 - "$XDG_RUNTIME_DIR/pooltop/$1.sock" "$2" <<'PY'
import json, socket, sys
engine = socket.socket(socket.AF_UNIX)
engine.connect(sys.argv[1])
engine.sendall(b'{"command": "events"}\n')
answers = engine.makefile()
answers.readline()
events = json.loads(answers.readline())["events"]
sys.exit(sum(e["kind"] == "trouble" for e in events) < int(sys.argv[2]))
PY
}

# However often it is tried: the disk is told as one problem, and no item is charged.
cat >full.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}},
            {"name": "save", "sink": {"lines": "/dev/full"}, "crash_retries": 0}]}
JSON
"$POOLTOP" run full.json --plain --interval 60s >out 2>err </dev/null &
front=$!
until_true 30 tried full 3
status_is full 's["items"]["failed"] == 0 and s["items"]["done"] == 0' || complain "items were charged: $(status_of full 's["items"]')"
kill -TERM "$front"
wait "$front"
same "exit" "$?" 130
has err "No space left on device; tried again every second"
same "told once" "$(grep -c 'No space left' err)" 1
lacks err RESTART
[ ! -s "$XDG_STATE_HOME/pooltop/runs/full/failed.jsonl" ] || complain "something is on the failed list"

# When there is room again it goes on, and nothing is torn, lost or doubled. (Where this user may mount a disk.)
mkdir disk
if mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null; then
  trap 'umount -l disk; finish' EXIT
  cat >room.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 50000]}}, {"name": "save", "sink": {"lines": "disk/out"}}]}
JSON
  "$POOLTOP" run room.json --plain --interval 60s >out 2>err </dev/null &
  front=$!
  until_true 30 status_is room 'any("No space left" in p["text"] for p in s["problems"])'
  until_true 30 tried room 5
  mount -o remount,size=4m disk
  wait "$front"
  same "exit" "$?" 0
  seq 0 49999 | cmp - disk/out || complain "the file is not what the source gave"
fi
