# SPDX-License-Identifier: MIT
# A worker that had done its max_items_per_worker left, as the last of its stage; the stage ended while it did, and yet
# it got a successor, which nobody told that there was nothing to come: the run never ended.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >recycled.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, "${LAST}"]}},
            {"name": "once", "op": "double", "max_items_per_worker": 1},
            {"name": "rest", "sink": {"lines": "out.txt"}}]}
JSON
for items in 1 2 3; do
  sed "s/\"\${LAST}\"/$items/" recycled.json >"recycled$items.json"
  for workers in 1 2 3; do
    for method in forkserver fork spawn; do
      expect 0 timeout -k 1 120 "$POOLTOP" run "recycled$items.json" --plain --set once.workers=$workers --set "once.start_method=$method"
      same "$items items, $workers workers, $method" "$(wc -l <out.txt)" "$items"
    done
  done
done
