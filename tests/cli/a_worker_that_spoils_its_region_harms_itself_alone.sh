# SPDX-License-Identifier: MIT
# A worker's own code writes whatever it likes into the memory that it shares with the engine: by chance everywhere and
# without end, positions, records, claims, what it says of itself. The engine may lose such a worker and fail its items. It
# does not crash or hang, and another stage's items are all right.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

loud="once page thread tail head record sense end claims"
silent="asleep idle room young"

# spoil NAME ITEMS WORKERS: every item of the file is done or failed, and those that were honest are done.
spoil() {
  cat >"$1.json" <<JSON
{"stages": [
 {"name": "ways", "source": {"lines": "$2"}},
 {"name": "spoil", "from": ["ways"], "plugin": "$POOLTOP_BUILD/tests/plugin/libhostile.so", "op": "scribble", "workers": $3,
  "crash_retries": 0, "timeout": "500ms", "max_restarts": {"count": 1000, "within": "10s"}, "backoff": "10ms"},
 {"name": "spoiled", "from": ["spoil"], "sink": {"jsonl": "$1.spoiled"}},
 {"name": "same", "from": ["ways"], "op": "identity", "workers": 2},
 {"name": "kept", "from": ["same"], "sink": {"lines": "$1.kept"}}]}
JSON
  local status=0
  timeout -k 5 100 "$POOLTOP" run "$1.json" --plain --report "$1.report" >out 2>err </dev/null || status=$?
  case $status in
    0 | 1) ;;
    *)
      complain "$1: exit $status"
      tail -n 20 err >&2
      pooltop status --run "$1" >&2
      pooltop stop --now "$1" >/dev/null 2>&1
      return
      ;;
  esac
  lacks err "engine was"
  sort "$2" >wanted
  sort "$1.kept" | cmp - wanted || complain "$1: the other stage's items are not all right"
  python3 - "$1.report" "$(wc -l <"$2")" <<'PY' || complain "$1: the books do not add up"
import json, sys
items = json.load(open(sys.argv[1]))["items"]
sys.exit(items["in_flight"] != 0 or items["done"] + items["failed"] != int(sys.argv[2]))
PY
}

# Each way by itself, so that none hides another; those that end in silence take a while.
for way in $loud; do
  printf '%s\n' "$way 1" "honest 2" "$way 3" "honest 4" "honest 5" >"$way.items"
  spoil "$way" "$way.items" 2
done
printf '%s 1\n' $silent $silent honest honest honest honest >silent.items
spoil silent silent.items 8
same "each silent one has failed" "$(sed -n 's/.*"failed": //p' silent.report | sort -n | tail -n 1 | tr -d ,)" 8

# All of them in one run, by chance.
seq 90 | awk -v ways="$loud honest honest" 'BEGIN { srand(7); n = split(ways, way, " ") } { print way[1 + int(rand() * n)], $1 }' >all.items
spoil all all.items 2
