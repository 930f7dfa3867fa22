# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# A module that is long to import: until somebody says go.
cat >slow_module.py <<'PY'
import os, time
while not os.path.exists("go"):
    time.sleep(0.01)

def work(item):
    return item
PY
cat >long.json <<'JSON'
{"stages": [{"name": "items", "source": {"items": ["a", "b", "c"]}},
            {"name": "work", "python": "slow_module:work", "path": "."},
            {"name": "save", "sink": {"lines": "out.txt"}}]}
JSON
expect 0 pooltop run long.json --detach
until_true 60 status_is long 'any("starting for " in p["text"] and p["stage"] == "work" and p["severity"] == "warning"
                                  and p["pid"] == [w["pid"] for w in s["workers"] if w["stage"] == "work"][0]
                                  for p in s["problems"])'

# It has begun no item, however long the engine has had some for it.
same "what it is told as" True "$(status_of long 'all(w["state"] == "starting" and w["item"] is None for w in s["workers"] if w["stage"] == "work")')"

touch go
expect 0 pooltop wait long
same "what was written" "a b c" "$(tr '\n' ' ' <out.txt | sed 's/ $//')"
