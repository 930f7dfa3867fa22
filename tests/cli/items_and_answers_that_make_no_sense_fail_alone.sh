# SPDX-License-Identifier: MIT
# Items that a kind of work cannot take, and programs that break the protocol of one: each fails its item with what to do
# about it, or ends its worker, or the run, with the reason; whatever else there is goes on, and nothing hangs.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >bad.py <<'PY'
import base64, json, os, subprocess, sys, time

pooltop, wrong = os.environ["POOLTOP"], 0

def complain(case, what):
    global wrong
    wrong += 1
    print(f"FAILED: {case}: {what}", file=sys.stderr)

def run(case, work, items, status=0, outputs=None, failed=(), says=(), logs=(), source=None, limit=None, within=None):
    """Runs items through a stage. outputs: values in any order; failed: (id, text of its error); says: texts of stderr;
    logs: texts of the stage's logs; within: seconds."""
    name = case.replace(" ", "-")
    config = {"stages": [{"name": "items", "source": source or {"items": items}}, {"name": "work", **work},
                         {"name": "save", "sink": {"jsonl": name + ".out"}}]}
    if limit:
        config["max_item_bytes"] = limit
    with open(name + ".json", "w") as file:
        json.dump(config, file)
    began = time.monotonic()
    try:
        ended = subprocess.run([pooltop, "run", name + ".json", "--plain"], stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=100)
    except subprocess.TimeoutExpired:
        subprocess.run([pooltop, "stop", "--now", name])
        return complain(case, "it hung")
    took = time.monotonic() - began
    text = ended.stderr.decode()
    if ended.returncode != status:
        complain(case, f"exit {ended.returncode}, not {status}: {text}")
    if within and took > within:
        complain(case, f"it took {took:.0f} s")
    told = subprocess.run([pooltop, "failed", name, "--json"], stdin=subprocess.DEVNULL, capture_output=True).stdout
    got_failed = {row["id"]: row["error"] for row in map(json.loads, told.splitlines())}
    if set(got_failed) != {id for id, _ in failed}:
        complain(case, f"failed were {got_failed}")
    for id, error in failed:
        if error not in got_failed.get(id, ""):
            complain(case, f"item {id} failed with {got_failed.get(id)!r}")
    if outputs is not None:
        with open(name + ".out") as file:
            values = [row.get("value", row.get("base64")) for row in map(json.loads, file)]
        if sorted(map(str, values)) != sorted(map(str, outputs)):
            complain(case, f"came out as {str(values)[:300]}")
    for wanted in says:
        if wanted not in text:
            complain(case, f"{wanted!r} is not said: {text}")
    if logs:
        log = subprocess.run([pooltop, "logs", name, "work"], stdin=subprocess.DEVNULL, capture_output=True).stdout.decode()
        for wanted in logs:
            if wanted not in log:
                complain(case, f"{wanted!r} is not in its log: {log[:2000]}")

def lines(shell, **more):
    return {"worker": ["sh", "-c", shell], "crash_retries": 0, **more}

def speaks(python, **more):
    begin = "import sys,json\nsay=lambda o:print(json.dumps(o),flush=True)\n"
    return {"worker": ["python3", "-c", begin + python], "protocol": "json", "crash_retries": 0, **more}

echo = {"command": ["printf", "%s", "{}"], "retries": 3, "backoff": "1ms"}
cat = {"command": ["cat"], "stdin": True}
not_text = base64.b64encode(b"\xff\xfex").decode()  # as a sink for JSON lines writes it
with open("bytes", "wb") as file:
    file.write(b"\xff\xfex\nplain\n")

# Items.
run("NUL in an argument", echo, ["a\0b", "c"], 1, ["c"], [("0", "use stdin")])
run("NUL on stdin", cat, ["a\0b", "c"], 0, ["a\0b", "c"])
run("too long for an argument", echo, ["x" * 131072, "x" * 131071, "c"], 1, ["x" * 131071, "c"], [("0", "use stdin")])
with open("long", "w") as file:
    file.write("a\n" + "x" * 2000 + "\nb\n")
run("a line beyond the limit", cat, None, 3, ["a"], says=[" line 2 is longer than 1000 bytes (max_item_bytes)"], limit=1000,
    source={"lines": "long"})
run("an output beyond the limit", {"command": ["head", "-c", "{}", "/dev/zero"]}, ["2000", "3"], 1, ["\0\0\0"],
    [("0", "its output is larger than 1000 bytes (max_item_bytes)")], limit=1000)
run("no UTF-8 in an argument", {"command": ["printf", "%s", "{}"]}, None, 0, [not_text, "plain"], source={"lines": "bytes"})
run("no UTF-8 on stdin", cat, None, 0, [not_text, "plain"], source={"lines": "bytes"})
run("no UTF-8 by lines", {"worker": ["cat"]}, None, 0, [not_text, "plain"], source={"lines": "bytes"})
run("no UTF-8 by json", speaks("for line in sys.stdin:\n o=json.loads(line); say({'id':o['id'],'items':[o['item']]})"),
    None, 0, [not_text, "plain"], source={"lines": "bytes"})
for name, work in (("command", echo), ("stdin", cat), ("shell", {"shell": 'printf %s "$1"'}), ("lines", {"worker": ["cat"]}),
                   ("native", {"op": "identity"})):
    run(f"an empty item by {name}", work, ["", "a"], 0, ["", "a"])
run("a newline in a line", {"worker": ["cat"]}, ["a\nb", "c"], 1, ["c"], [("0", "use protocol json")])
with open("dos", "wb") as file:
    file.write(b"a\r\nb\r\nlast")
run("CRLF, and a last line without a newline", {"worker": ["cat"]}, None, 0, ["a\r", "b\r", "last"], source={"lines": "dos"})

# Programs that stay.
run("speaks before it is asked", lines("echo Welcome; exec cat"), ["a"], 3, says=["said a line that no item asked for", "one line per item, nothing else on stdout"])
run("answers twice", lines("read a; printf 'one\\ntwo\\n'; exec cat", window=1), ["a", "b"], 3, says=["no item asked for", "two"])
run("an unknown id", speaks("sys.stdin.readline(); say({'id':'nobody','items':[]}); sys.stdin.read()"), ["a"], 1,
    failed=[("0", "")], logs=["no item of this id"])
run("the same id twice", speaks("o=json.loads(sys.stdin.readline())\nfor _ in 0,0: say({'id':o['id'],'items':['x']})\nsys.stdin.read()"),
    ["a"], 0, ["x"], logs=['{"id": "0", "items": ["x"]}'])  # which of its words says that, is a matter of time
run("not JSON", speaks("sys.stdin.readline(); print('hello', flush=True); sys.stdin.read()"), ["a"], 1, failed=[("0", "")],
    logs=["not JSON: hello"])
# An answer that comes when its item has had its time: the child is dead by then, and the next try's answer counts.
run("a late answer", lines('read a; if [ -e late ]; then echo "$a in time"; else : >late; sleep 3; echo late; fi; exec cat',
                           timeout="1s", retries=1, backoff="1ms"), ["a"], 0, ["a in time"])
run("an answer with NUL", lines(r"read a; printf 'x\0y\n'; exec cat"), ["a"], 0, ["x\0y"])
run("closes stdout but lives", lines("read a; exec >&-; exec sleep 1000"), ["a"], 1, failed=[("0", "")], logs=["gone before its work was"])
run("exits 0 early", lines("read a; echo A; exit 0", window=1, crash_retries=3), ["a", "b"], 0, ["A", "A"])
run("exits 0 without a word", lines("read a; exit 0", window=1), ["a", "b"], 1, [], [("0", "exit"), ("1", "exit")])
run("a line without an end", lines("read a; head -c 1100000000 /dev/zero; echo; exec cat", window=1), ["a", "b"], 1, ["b"],
    [("0", "its answer is longer than 1000000 bytes (max_item_bytes)")], limit=1_000_000)
run("floods stderr", lines("while read a; do head -c 3000000 /dev/zero | tr '\\0' '\\n' >&2; echo $a; done"), ["a", "b"], 0, ["a", "b"])
run("ignores TERM", {"shell": "trap '' TERM; while :; do sleep 1; done", "timeout": "300ms"}, ["a"], 1,
    failed=[("0", "timeout")], within=60)
run("forks and keeps stdout", {"shell": "sleep 1000 & setsid sleep 1000 & echo $1"}, ["a", "b"], 0, ["a", "b"], within=60)
run("forks, keeps stdout and exits", lines("read a; echo $a; sleep 1000 & exit 0", window=1), ["a"], 0, ["a"], within=60)
run("never answers", lines("exec awk '{print}'", timeout="12s", window=1), ["a"], 1, failed=[("0", "timeout")],
    logs=["is its stdout buffered?"])
sys.exit(wrong > 0)
PY
timeout 220 python3 bad.py || complain "see above"
