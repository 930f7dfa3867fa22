# SPDX-License-Identifier: MIT
# Items that are shell text, options and more: a shell command gets them as "$1" or on stdin, a command as an argument, a
# worker as a line, and nothing of them is run.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >make.py <<'PY'
import json, sys
items = ["; touch pwned", "$(touch pwned)", "`touch pwned`", "' ; touch pwned ; '", '" ; touch pwned ; "', "| touch pwned",
         "&& touch pwned", "\n touch pwned\n", "${IFS}touch${IFS}pwned", "*", "~", "-n", "--help", "-e\\x41", "{}", "", " a  b ", "%s%n"]
stages = {"shell": {"shell": "printf '%s' \"$1\""},
          "shell_stdin": {"shell": "cat", "stdin": True},
          "command": {"command": ["printf", "%s", "{}"]},
          "inside": {"command": ["sh", "-c", "printf '%s' \"${1#x}\"", "sh", "x{}"]},
          "worker": {"worker": ["cat"], "protocol": "lines"},
          "environment": {"shell": "printf '%s' \"$1\"; eval : \"$POOLTOP_ITEM_ID\""}}
config = [{"name": "items", "source": {"items": items}}]
for name, work in stages.items():
    config += [{"name": name, "from": ["items"], **work},
               {"name": name + "_out", "from": [name], "sink": {"jsonl": name + ".out"}}]
# What a shell takes off the end of what it prints is no matter here: no item of these ends so, but the one with lines.
text = json.dumps({"stages": config}).replace("${1#x}", "$${1#x}")
open("items.json", "w").write(text)
json.dump(items, open("wanted", "w"))
PY
python3 make.py
# A line cannot hold the item of two lines: it fails, and is the only one.
expect 1 pooltop run items.json --plain
[ ! -e pwned ] || complain "an item was run"
python3 - <<'PY' || complain "items came out as others"
import json, sys
wanted = json.load(open("wanted"))
wrong = 0
for name in ("shell", "shell_stdin", "command", "inside", "worker", "environment"):
    rows = [json.loads(line) for line in open(name + ".out")]
    got = {int(str(row["id"]).split(".")[0]): row["value"] for row in rows}
    for at, item in enumerate(wanted):
        if name == "worker" and "\n" in item:
            continue
        # What a command prints loses one newline at its end.
        if got.get(at) != (item[:-1] if item.endswith("\n") and name != "worker" else item):
            print(f"{name}: item {at} {item!r} came out as {got.get(at)!r}", file=sys.stderr)
            wrong += 1
sys.exit(wrong > 0)
PY
same "failed" "$(pooltop failed items --json | python3 -c 'import json, sys; print([(r["stage"]) for r in map(json.loads, sys.stdin)])')" "['worker']"

# Text in which an item would have been pasted is refused before anything runs.
echo '{"stages": [{"name": "one", "source": {"items": ["x"]}}, {"name": "bad", "shell": "echo {} >pwned"}, {"name": "rest", "sink": {"discard": true}}]}' >bad.json
expect 2 pooltop run bad.json --plain
has err '"$1"'
[ ! -e pwned ] || complain "it ran"
