# SPDX-License-Identifier: MIT
# SIGKILL for the engine, its guardian, its workers, the front, or all of them, at random moments, again and again: after
# the last `run --resume` an ordered file is byte for byte that of an undisturbed run, an unordered one a permutation of
# it, and every item is in exactly one place: written or on the list of failed items. With fan-out, fan-in, one to many,
# dropped, retried and failed items in flight. The checker reads the source, the files and the failed list alone.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

python3 - <<'PY'
with open("texts", "w") as out:
    for i in range(1500):
        out.write("\n".join(f"{i}.{part}" for part in range(i % 4)) + "\0")
PY
cat >storm.json <<'JSON'
{"stages": [
  {"name": "texts", "source": {"lines": "texts", "delimiter": "\u0000"}},
  {"name": "parts", "op": "split_lines", "workers": 2},
  {"name": "slow", "op": "sleep", "args": {"min": 0, "max": 0.004}, "from": ["parts"], "workers": 3, "capacity": 64},
  {"name": "some", "op": "match", "args": {"regex": "[^2]$"}, "from": ["slow"]},
  {"name": "weak", "op": "fail", "args": {"every": 40}, "from": ["some"], "workers": 2},
  {"name": "kept", "sink": {"jsonl": "kept.jsonl"}, "from": ["weak", "again"]},
  {"name": "again", "op": "fail", "args": {"every": 30}, "from": ["parts"], "retries": 3, "backoff": "10ms"},
  {"name": "all", "sink": {"lines": "all.txt"}, "ordered": true, "from": ["slow"]}]}
JSON
expect 0 pooltop check storm.json

cat >storm.py <<'PY'
import json, os, random, signal, subprocess, sys, time

pooltop, seed, kills = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
counts = {}

def going_on():
    text = subprocess.run([pooltop, "ps", "--json"], stdout=subprocess.PIPE, check=True).stdout
    return [run for run in json.loads(text) if run["run"] == "storm" and run["pid"]]

def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0

def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and parent(entry) == pid:
            found.append(int(entry))
    return found

def kill(pids):
    for pid in pids:
        try:
            if pid > 1:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

def run():
    return subprocess.Popen([pooltop, "run", "storm.json", "--resume", "--plain"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=open("front.err", "ab"))

front = run()
enough = time.monotonic() + 60  # a slow machine gets fewer kills
for number in range(kills):
    if time.monotonic() > enough:
        break
    pause = random.uniform(0, 0.5)
    try:
        front.wait(pause)
        break  # it has come to its end
    except subprocess.TimeoutExpired:
        pass
    runs = going_on()
    if not runs:
        continue
    engine = runs[0]["pid"]
    if engine == front.pid or parent(engine) in (front.pid, os.getpid()):
        continue  # there is no engine yet
    what = random.choice(["engine", "engine", "guardian", "workers", "all"])
    counts[what] = counts.get(what, 0) + 1
    workers = children(engine)
    if what == "engine":
        kill([engine])
    elif what == "guardian":
        kill([parent(engine)])
    elif what == "workers":
        kill(random.sample(workers, min(3, len(workers))))
    else:
        guardian = parent(engine)
        front.kill()
        kill([guardian, engine] + workers)
    if what != "workers":
        front.wait(60)
        front = run()
deadline = time.monotonic() + 120
status = front.wait(120)
while status not in (0, 1) and time.monotonic() < deadline:
    status = run().wait(120)
print("seed", seed, "kills", counts, "status", status)

expected = []
with open("texts") as texts:
    for text in texts.read().split("\0")[:-1]:
        expected.append(text.split("\n") if text else [])
in_order = "".join(line + "\n" for lines in expected for line in lines)
wrong = []
with open("all.txt") as everything:
    got = everything.read()
if got != in_order:
    wrong.append(f"all.txt differs: {len(got)} bytes, not {len(in_order)}")

def passes(line):
    return line[-1] != "2"

places = {}
with open("kept.jsonl") as kept:
    for line in kept:
        item = json.loads(line)
        places.setdefault(item["id"], []).append(("kept", item["value"]))
failed = 0
listing = subprocess.run([pooltop, "failed", "storm", "--json"], stdout=subprocess.PIPE, check=True).stdout
for line in listing.decode().splitlines():
    item = json.loads(line)
    failed += 1
    places.setdefault(item["id"], []).append(("failed", item["item"]))
for item_id, found in places.items():
    if len(found) != 1:
        wrong.append(f"item {item_id} is in {len(found)} places: {found}")
values = sorted(found[0][1] for found in places.values())
wanted = sorted([line for lines in expected for line in lines if passes(line)] +
                [line for lines in expected for line in lines])
if values != wanted:
    wrong.append(f"{len(values)} items are somewhere, not {len(wanted)}")
if status != (1 if failed else 0):
    wrong.append(f"exit {status} with {failed} failed items")
with open(os.environ["XDG_STATE_HOME"] + "/pooltop/runs/storm/report.json") as report:
    items = json.load(report)["items"]
if items["done"] + items["failed"] != len(expected):
    wrong.append(f"the counts do not add up: {items}")
for text in wrong[:10]:
    print("FAILED:", text)
sys.exit(bool(wrong))
PY
seed=${POOLTOP_SEED:-$RANDOM}
expect 0 timeout -k 5 220 python3 storm.py "$POOLTOP" "$seed" "${POOLTOP_KILLS:-25}"
cat out
