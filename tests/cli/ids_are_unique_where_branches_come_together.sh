# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# Two branches of every item meet in one stage, whose workers may have both at once.
cat >worker.py <<'PY'
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "items": [request["id"] + "=" + request["item"]]}), flush=True)
PY
cat >diamond.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 300]}},
            {"name": "left", "op": "identity", "workers": 2},
            {"name": "right", "op": "square", "from": "numbers", "workers": 2},
            {"name": "meet", "worker": ["python3", "worker.py"], "protocol": "json", "workers": 2, "from": ["left", "right"]},
            {"name": "save", "sink": {"lines": "out.txt"}, "ordered": true},
            {"name": "show", "sink": {"jsonl": "seen.jsonl"}, "from": ["left", "right"]}]}
JSON
expect 0 pooltop run diamond.json --plain --report report.json
python3 -c 'for i in range(300): print(f"{i}.0={i}\n{i}.1={i * i}")' >expected.txt
cmp out.txt expected.txt
same "ids of another stage where they meet" "$(python3 - <<'PY'
import json
seen = [json.loads(line) for line in open("seen.jsonl")]
print(len(seen), len({item["id"] for item in seen}))
PY
)" "600 600"
same done "$(python3 -c 'import json; print(json.load(open("report.json"))["items"]["done"])')" 300

# Branches that stay apart leave the id alone.
cat >apart.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}},
            {"name": "a", "sink": {"jsonl": "a.jsonl"}},
            {"name": "b", "sink": {"jsonl": "b.jsonl"}, "from": "numbers"}]}
JSON
expect 0 pooltop run apart.json --plain
same "ids in a and b" "$(cat a.jsonl b.jsonl | python3 -c 'import json, sys; print(*(json.loads(l)["id"] for l in sys.stdin))')" "0 1 2 0 1 2"
