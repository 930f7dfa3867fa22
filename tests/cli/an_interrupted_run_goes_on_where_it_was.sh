# SPDX-License-Identifier: MIT
# SIGKILL for the engine, its guardian, its workers, the front, or all of them, at random moments, again and again: after
# the last `run --resume` an ordered file is byte for byte that of an undisturbed run, an unordered one a permutation of
# it, and every item is in exactly one place: written or on the list of failed items. With fan-out, fan-in, one to many,
# dropped, retried and failed items in flight. The checker reads the source, the files and the failed list alone.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >kills.py <<'PY'
import json, os, random, signal, subprocess, sys, time

sys.path.insert(0, os.environ["POOLTOP_SOURCE"] + "/tests/support")
import resumed_run as storm

pooltop, seed, kills = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
storm.write(1500)
subprocess.run([pooltop, "check", "storm.json"], stdout=subprocess.DEVNULL, check=True)
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

front = storm.run(pooltop)
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
        front = storm.run(pooltop)
deadline = time.monotonic() + 120
status = front.wait(120)
while status not in (0, 1) and time.monotonic() < deadline:
    status = storm.run(pooltop).wait(120)
print("seed", seed, "kills", counts, "status", status)

wrong = storm.wrong(pooltop, status)
for text in wrong[:10]:
    print("FAILED:", text)
sys.exit(bool(wrong))
PY
seed=${POOLTOP_SEED:-$RANDOM}
expect 0 timeout -k 5 220 python3 kills.py "$POOLTOP" "$seed" "${POOLTOP_KILLS:-25}"
cat out
