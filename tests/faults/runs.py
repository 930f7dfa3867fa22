# SPDX-License-Identifier: MIT
"""A small run in which calls of the C library fail (faults.c), gone on with by --resume where it could not go on, and its
checker, which reads the source, the sinks' files and the list of failed items alone."""
import collections
import csv
import errno
import glob
import json
import mmap
import os
import re
import shutil
import signal
import struct
import subprocess
import threading
import time

TEXTS = 24
PATIENCE = 60  # seconds for a run to come to its end
LIFTED_AFTER = 1.5  # seconds from the first hit on: what does not go on without it must go on then
SINKS = {"all": "all.txt", "kept": "kept.jsonl", "rows": "rows.csv", "piped": "piped.txt"}

LEAVES_ONE = 'case $1 in *.2) sleep 60 & esac; printf %s "$1"'  # a process, behind some items

# Fan-out, one to many, every start method and kind of work, retries, failed items, each kind of sink.
STAGES = [
    {"name": "texts", "source": {"lines": "texts", "delimiter": "\0"}},
    {"name": "parts", "op": "split_lines", "workers": 2, "start_method": "fork"},
    {"name": "slow", "op": "sleep", "workers": 2, "capacity": 16},
    {"name": "all", "sink": {"lines": SINKS["all"]}, "ordered": True},
    {"name": "named", "command": ["sh", "-c", LEAVES_ONE, "sh", "{}"], "from": ["slow"], "start_method": "spawn"},
    {"name": "piped", "sink": {"command": ["sh", "-c", "cat >>" + SINKS["piped"]]}},
    {"name": "again", "op": "fail", "args": {"every": 7}, "from": ["slow"], "retries": 3, "backoff": "10ms"},
    {"name": "talk", "worker": ["sed", "-u", "s/^/x/"]},
    {"name": "kept", "sink": {"jsonl": SINKS["kept"]}},
    {"name": "weak", "op": "fail", "args": {"every": 20}, "from": ["parts"]},
    {"name": "rows", "sink": {"csv": SINKS["rows"]}}]

# What is lost to a sink when an item has failed for good in a stage.
BEHIND = {"parts": ("all", "piped", "kept", "rows"), "slow": ("all", "piped", "kept"), "all": ("all",),
          "named": ("piped",), "piped": ("piped",), "again": ("kept",), "talk": ("kept",), "kept": ("kept",),
          "weak": ("rows",), "rows": ("rows",)}

State = collections.namedtuple("State", "calls hits lifted frame_count")
Outcome = collections.namedtuple("Outcome", "calls hits statuses wrong said where")


lane = ""  # the name of this process's runs, and of its folder: several go on at once, since most of a run is waiting


def enter_lane(number):
    global lane
    lane = f"lane{number}"
    os.mkdir(lane)
    os.chdir(lane)


def write(kind):
    """The run: "short"; "long", so that processes are sampled and the journal is compacted; "fsync"; or "python", with a
    function of it instead of the process that talks."""
    with open("functions.py", "w") as out:
        out.write("def marked(text):\n    return 'x' + text\n")
    with open("texts", "w") as out:
        for i in range(TEXTS):
            out.write("\n".join(f"{i}.{part}" for part in range(i % 4)) + "\0")
    with open(lane + ".json", "w") as out:
        # A stage whose workers are hit again and again is not what is looked at here.
        changes = {"slow": {"args": {"min": 0.1, "max": 0.1} if kind == "long" else {"min": 0, "max": 0.002}}}
        stages = [dict(stage, **changes.get(stage["name"], {})) for stage in STAGES]
        if kind == "python":
            talk = next(stage for stage in stages if stage["name"] == "talk")
            del talk["worker"]
            talk.update(python="functions:marked", decode="text")
        json.dump({"durability": "fsync" if kind == "fsync" else "process",
                   "stages": stages,
                   "defaults": {"crash_retries": 1000, "max_restarts": {"count": 100000, "within": "1s"}}}, out)


class Fault:
    """The file that is shared with the processes in which calls fail: struct State of faults.c."""

    def __init__(self):
        with open("fault", "wb") as file:
            file.write(bytes(4096))
        self.file = open("fault", "r+b")
        self.memory = mmap.mmap(self.file.fileno(), 4096)

    def state(self):
        return State(*struct.unpack_from("QQII", self.memory))

    def lift(self):
        struct.pack_into("I", self.memory, 16, 1)

    def where(self, program):
        """The functions that led to the first hit, innermost first."""
        count = self.state().frame_count
        frames = [hex(frame - 1) for frame in struct.unpack_from(f"{count}Q", self.memory, 24)]
        size = os.path.getsize(program)
        frames = [frame for frame in frames if 0 < int(frame, 16) < size]
        if not frames or not shutil.which("addr2line"):
            return ""
        text = subprocess.run(["addr2line", "-Cfs", "-e", program] + frames, stdout=subprocess.PIPE, check=False).stdout
        names = [re.sub(r"\(.*", "", name) for name in text.decode().splitlines()[::2]]
        return " < ".join(name.replace("pooltop::", "").replace("(anonymous namespace)::", "") for name in names[:7])

    def close(self):
        self.memory.close()
        self.file.close()


def environment(row, n, library, program):
    kind, _, name = row.error.rpartition("-")
    number = row.error if row.error == "short" else f"{kind}{'-' if kind else ''}{getattr(errno, name)}"
    sanitizer = f"log_path={os.getcwd()}/sanitizer:verify_asan_link_order=0"
    return dict(os.environ, LD_PRELOAD=library, POOLTOP_FAULT_FILE=os.path.abspath("fault"),
                POOLTOP_FAULT_PROGRAM=os.path.realpath(program), ASAN_OPTIONS=sanitizer,
                UBSAN_OPTIONS="print_stacktrace=1:" + sanitizer,
                POOLTOP_FAULT=f"{row.call} {number} {row.descriptors} {row.role} {row.stage} {n} {row.mode}")


def processes():
    """Those of this lane's run."""
    marks = [f"{name}={value}\0".encode() for name, value in marked().items()]
    found = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(folder + "/environ", "rb") as file:
                environ = file.read()
            if all(mark in environ for mark in marks):
                with open(folder + "/comm") as file:
                    found.append(f"{folder[6:]} {file.read().strip()}")
        except OSError:
            continue
    return found


def marked():
    """By what a process is known as one of this lane's run."""
    return {"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"], "POOLTOP_FAULT_LANE": lane}


def until(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end_all():
    for process in processes():
        try:
            os.kill(int(process.split()[0]), signal.SIGKILL)
        except ProcessLookupError:
            pass


def live(pooltop, env, fault):
    """One life of the run. Its exit status (None: it hung), and what it said."""
    env = dict(env, **marked())
    # Through a pipe: what fails for files must not silence it.
    front = subprocess.Popen([pooltop, "run", lane + ".json", "--resume", "--plain"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    said = []
    reader = threading.Thread(target=lambda: said.append(front.stdout.read()), daemon=True)
    reader.start()
    deadline = time.monotonic() + PATIENCE
    first_hit = None
    while front.poll() is None and time.monotonic() < deadline:
        if fault and first_hit is None and fault.state().hits > 0:
            first_hit = time.monotonic()
        if first_hit is not None and time.monotonic() > first_hit + LIFTED_AFTER:
            fault.lift()
        time.sleep(0.003 if first_hit is None else 0.01)
    status = front.poll()
    if status is None:
        try:
            subprocess.run([pooltop, "status", lane], check=False, timeout=10)
        except subprocess.TimeoutExpired:
            print(lane, "does not even give its status", flush=True)
        front.kill()
        front.wait()
    elif fault and fault.state().hits > 0 and status not in (0, 1) and processes():
        # The front had its own trouble: the run goes on without it.
        if not until(PATIENCE, lambda: not processes()):
            status = None
    reader.join(5)
    return status, b"".join(said).decode("utf-8", "replace")


def failed_items(pooltop):
    listing = subprocess.run([pooltop, "failed", lane, "--json"], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in listing.decode().splitlines()]


def read_sink(sink):
    if not os.path.exists(SINKS[sink]):
        return []
    with open(SINKS[sink], newline="") as file:
        if sink == "rows":
            return [row[0] for row in csv.reader(file)]
        lines = file.read().splitlines(keepends=True)
    if any(not line.endswith("\n") for line in lines):
        return ["torn: " + lines[-1]]
    if sink == "kept":
        return [json.loads(line)["value"][1:] for line in lines]
    return [line[:-1] for line in lines]


def wrong(pooltop, status, said):
    """What is not as it must be at the end of the run."""
    with open("texts") as texts:
        all_texts = texts.read().split("\0")[:-1]
    lines = [line for text in all_texts for line in text.split("\n") if text]
    missing = {sink: collections.Counter() for sink in SINKS}
    found = []
    failed = failed_items(pooltop)
    for item in failed:
        for sink in BEHIND[item["stage"]]:
            missing[sink].update(item["item"].lstrip("x").split("\n") if item["item"] else [])
    for sink in SINKS:
        got = read_sink(sink)
        wanted = [line for line in lines if line not in missing[sink]]
        if sink == "piped":  # at least once, in any order
            got = sorted(set(got), key=got.index)
        if sink != "all":
            got, wanted = sorted(got), sorted(wanted)
        if got == wanted:
            continue
        lost = list((collections.Counter(wanted) - collections.Counter(got)).elements())
        more = list((collections.Counter(got) - collections.Counter(wanted)).elements())
        found.append(f"{sink}: lost {lost[:5]}, too many {more[:5]}" if lost or more else f"{sink}: out of order")
        if any(count > 1 for count in missing[sink].values()):
            found.append(f"{sink}: failed twice: {missing[sink]}")
    if status != (1 if failed else 0):
        found.append(f"exit {status} with {len(failed)} failed items")
    try:
        with open(os.environ["XDG_STATE_HOME"] + f"/pooltop/runs/{lane}/report.json") as report:
            items = json.load(report)["items"]
        if items["done"] + items["failed"] != TEXTS:
            found.append(f"the counts do not add up: {items}")
    except FileNotFoundError:
        if "the report cannot be written" not in said:
            found.append("no report")
    return found


def left_over(row):
    """What is there that has no run any more."""
    found = []
    if not until(5, lambda: not processes()):
        found += ["left over: " + process for process in processes()]
        end_all()
    sockets = glob.glob(os.environ["XDG_RUNTIME_DIR"] + f"/pooltop/{lane}.sock")
    for path in sockets:
        os.remove(path)
    return found + ["left over: " + path for path in sockets if row.call != "unlink"]  # which was refused


def crashes(said, row):
    found = re.findall(r".*\bSIG(?:SEGV|ABRT|BUS|ILL|FPE)\b.*", said)
    found = [line for line in found if not (row.says and re.search(row.says, line))]
    for file in glob.glob("sanitizer*"):
        with open(file) as report:
            found.append(report.read()[:3000])
        os.remove(file)
    return found[:3]


def reason(said, row):
    """The line in which a run that could not go on says why; empty: it says nothing."""
    # Of "said" nothing counts that every run says: progress, items, retries, and the file of the failed ones.
    for line in said.splitlines():
        text = re.sub(r"^\S+Z \S+ ", "", line)
        if row.error != "short" and os.strerror(getattr(errno, row.error.split("-")[-1])) in text:
            return text
        if row.says and re.search(row.says, text):
            return text
    return ""


def one(pooltop, library, row, n, tells):
    """The run with that fault, from its beginning to its end; `tells`: where it hit, also when nothing is wrong."""
    for file in list(SINKS.values()) + glob.glob("sanitizer*"):
        if os.path.exists(file):
            os.remove(file)
    shutil.rmtree(os.environ["XDG_STATE_HOME"] + f"/pooltop/runs/{lane}", ignore_errors=True)
    write(row.kind)
    fault = Fault()
    found = []
    status, said = live(pooltop, environment(row, n, library, pooltop), fault)
    state = fault.state()
    statuses = [status]
    found += crashes(said, row) + left_over(row)
    if status is None:
        found.append("it hung")
        end_all()
    elif status not in (0, 1):
        if status not in row.statuses:
            found.append(f"exit {status}")
        if not reason(said, row):
            found.append(f"exit {status} without a reason: {said[-600:]}")
        status, again = live(pooltop, dict(os.environ), None)
        statuses.append(status)
        found += crashes(again, row) + left_over(row)
        if status not in (0, 1):
            found.append(f"gone on with, it ends with {status}: {again[-600:]}")
    if status in (0, 1):
        found += wrong(pooltop, status, said)
    where = fault.where(pooltop) if found or tells else ""
    fault.close()
    return Outcome(state.calls, state.hits, statuses, found, said, where)
