#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How soon a death is answered: from a worker's death to the engine's having seen it, and to its item's being in work again;
what it takes to end a tree of 1000 processes; what a run loses by monitors that come and are killed. Figures of a shared
machine mean little by themselves, so each stands beside what is wanted, and beside how much later than asked this program
itself was woken at that time. Prints a table in Markdown.

  bench_reliability [ROUNDS]   default 5; pooltop is the program two folders up, or $POOLTOP
  bench_reliability --quick    one round of everything, to try it out

Exits with 1 if a goal is missed by more than a fifth."""
import ctypes
import json
import os
import re
import resource
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "..")
POOLTOP = os.path.abspath(os.environ.get("POOLTOP", os.path.join(BUILD, "pooltop")))
with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
    sys.path.insert(0, re.search(r"CMAKE_HOME_DIRECTORY:INTERNAL=(.*)", cache.read())[1] + "/tests/tui")
import on_pty

SPARE = 1.2       # goals may be missed by a fifth
PATIENCE = 60     # seconds; a limit
TREE = 1000       # processes

# It says that it has an item, and keeps it.
KEEPER = """import os, sys
out = open("has", "w")
for line in sys.stdin:
    out.write(f"{os.getpid()}\\n")
    out.flush()
    while True:
        os.read(os.open("never", os.O_RDONLY), 1)
"""
# A tree: half of it in sessions of its own, a tenth without a parent. It says how large it is, itself included.
TREE_MAKER = f"""import os, signal
def more(depth):
    for i in range(9 if depth else {TREE} // 10 + 2):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if i % 2:
                os.setsid()
            if depth == 0:
                more(1)
                if i % 10 == 0:
                    os._exit(0)
            os.close(write)
            signal.pause()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
read, write = os.pipe()
more(0)
os.close(write)
os.read(read, 1)  # until each has closed it, and so is there
open("has", "w").write(f"{{os.getpid()}}\\n")
while True:
    signal.pause()
"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Run:
    """A run in a folder of its own, and a connection to its engine."""

    def __init__(self, name, stages, more=None):
        self.name = name
        with open(f"{name}.json", "w", encoding="utf-8") as out:
            json.dump({"name": name, "stages": stages, **(more or {})}, out)
        self.pooltop("run", "--detach", f"{name}.json")
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(f"{os.environ['XDG_RUNTIME_DIR']}/pooltop/{name}.sock")
        self.lines = self.connection.makefile("rb")
        self.engine = json.loads(self.lines.readline())["pid"]

    @staticmethod
    def pooltop(*arguments):
        done = subprocess.run([POOLTOP, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"pooltop {' '.join(arguments)} failed ({done.returncode}): {done.stderr}")

    def ask(self, **request):
        self.connection.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self.lines.readline())
        if "error" in answer:
            sys.exit(f"{request} was refused: {answer['error']}")
        return answer

    def status(self):
        answer = self.ask(command="status")
        return answer.get("status", answer)

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while True:
            time.sleep(0.015)  # 100 requests a second are answered
            self.last = self.status()
            if condition(self.last):
                return
            if time.monotonic() > end:
                sys.exit(f"{self.name}: {what} did not come")

    def end(self):
        """With what waits unanswered."""
        self.connection.close()
        subprocess.run([POOLTOP, "stop", "--run", self.name, "--now"], stdin=subprocess.DEVNULL, capture_output=True)
        subprocess.run([POOLTOP, "wait", "--run", self.name], stdin=subprocess.DEVNULL, capture_output=True)


class Notices:
    """What KEEPER and TREE_MAKER say: who has the item."""

    def __init__(self):
        new_pipes("has", "never")
        self.fd = os.open("has", os.O_RDWR | os.O_NONBLOCK)

    def next(self):
        """The PID, and when it was said."""
        now = when_there(self.fd)
        return int(os.read(self.fd, 4096).split()[-1]), now

    def close(self):
        os.close(self.fd)


class Openings:
    """When a pipe that nobody writes to is opened; who reads it then goes on reading."""
    IN_OPEN = 0x20

    def __init__(self, name):
        new_pipes(name)
        self.pipe = os.open(name, os.O_RDWR)
        libc = ctypes.CDLL(None)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(self.fd, name.encode(), self.IN_OPEN)

    def next(self):
        now = when_there(self.fd)
        os.read(self.fd, 4096)
        return now

    def close(self):
        os.close(self.fd)
        os.close(self.pipe)


def new_pipes(*names):
    for name in names:
        if os.path.exists(name):
            os.remove(name)
        os.mkfifo(name)


def when_there(fd):
    if not select.select([fd], [], [], PATIENCE)[0]:
        sys.exit("nobody took the item")
    return time.monotonic()


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def descendants(pid):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(parent_of(entry), []).append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def woken_late(times):
    """Seconds by which this program is woken later than it asked: what the machine adds to everything here."""
    late = []
    for _ in range(times):
        begin = time.monotonic()
        time.sleep(0.001)
        late.append(time.monotonic() - begin - 0.001)
    return late


def kill_and_see(worker):
    """When it was killed, and when its parent had taken its end: until then a process is there."""
    handle = os.pidfd_open(worker)
    killed = time.monotonic()
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    try:
        while True:
            signal.pidfd_send_signal(handle, 0)
            time.sleep(0.00005)
    except ProcessLookupError:
        return killed, time.monotonic()
    finally:
        os.close(handle)


def run_with_one_item(name, item, work):
    """Its second stage never gives the item up, however often its workers die; the first tries come without a wait."""
    return Run(name, [{"name": "one", "source": {"items": [item]}},
                      {"name": "keep", "workers": 4, "crash_retries": 1000, "backoff": {"first": "1ms", "max": "1ms"},
                       "max_restarts": {"count": 100000, "within": "1s"}, **work},
                      {"name": "end", "sink": {"discard": True}}])


def keepers(status, state):
    return [worker for worker in status["workers"] if worker["stage"] == "keep" and worker["state"] == state]


def measure_deaths(times):
    """Of workers with an item: seconds until the engine has taken the death in, and until another has the item."""
    openings = Openings("item")
    run = run_with_one_item("deaths", "item", {"op": "read_file"})
    seen, again = [], []
    try:
        openings.next()
        for _ in range(times):
            run.until(lambda status: keepers(status, "busy") and len(keepers(status, "idle")) >= 2, "a worker without an item")
            killed, taken = kill_and_see(keepers(run.last, "busy")[0]["pid"])
            seen.append(taken - killed)
            again.append(openings.next() - killed)
    finally:
        run.end()
        openings.close()
    return seen, again


def measure_deaths_with_process(times):
    """The second of them, where the worker had started a process that has to end before."""
    with open("keeper.py", "w", encoding="utf-8") as out:
        out.write(KEEPER)
    notices = Notices()
    run = run_with_one_item("children", "item", {"worker": [sys.executable, "-S", "-E", "keeper.py"]})
    again = []
    try:
        keeper, _ = notices.next()
        for _ in range(times):
            run.until(lambda status: sum(worker["child_pid"] is not None for worker in keepers(status, "idle")) >= 2,
                      "a worker without an item")
            killed, _ = kill_and_see(parent_of(keeper))
            keeper, now = notices.next()
            again.append(now - killed)
    finally:
        run.end()
        notices.close()
    return again


def all_ended(handles, since):
    """Seconds until all of these processes are dead."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    left = len(handles)
    while left > 0:
        ended = poll.poll(PATIENCE * 1000)
        if not ended:
            sys.exit(f"{left} processes of the tree do not end")
        for handle, _ in ended:
            poll.unregister(handle)
        left -= len(ended)
    return time.monotonic() - since


def measure_tree(way):
    """Seconds from the request, or the death, to the end of the last process of a worker's tree."""
    with open("tree.py", "w", encoding="utf-8") as out:
        out.write(TREE_MAKER)
    notices = Notices()
    run = Run("tree", [{"name": "one", "source": {"range": [0, 1]}},
                       {"name": "work", "command": [sys.executable, "-S", "-E", "tree.py", "{}"]},
                       {"name": "end", "sink": {"discard": True}}])
    handles = []
    try:
        maker, _ = notices.next()
        worker = parent_of(maker)
        pids = [worker, *descendants(worker)]
        if len(pids) < TREE:
            sys.exit(f"the tree has {len(pids)} processes only")
        handles = [os.pidfd_open(pid) for pid in pids]
        begin = time.monotonic()
        if way == "request":
            run.ask(command="kill", pids=[worker], item="fail")
        else:
            os.kill(run.engine if way == "engine" else worker, signal.SIGKILL)
        return all_ended(handles, begin)
    finally:
        for handle in handles:
            os.close(handle)
        run.end()
        notices.close()


class Monitors:
    """They come, and go in ways of chance."""
    WAYS = [("monitor", "KILL"), ("monitor", "SEGV"), ("front", "KILL"), ("front", "HUP"), ("front", "TERM"), ("keys", "q")]

    def __init__(self, name):
        self.name = name
        self.seen = 0
        self.spoilt = []

    def one(self):
        way = self.WAYS[self.seen % len(self.WAYS)]
        terminal = on_pty.Terminal([POOLTOP, "attach", self.name])
        terminal.until(lambda: "RUNNING" in terminal.output, "the screen")
        terminal.do(*way)
        terminal.until(lambda: "ended with " in terminal.output, "the end")
        end = time.monotonic() + PATIENCE / 4
        terminal.until(lambda: terminal.is_as_before() or time.monotonic() > end, "what was before")
        if not terminal.is_as_before():
            self.spoilt.append(f"{way}: {on_pty.what_is_left(terminal.output)}")
        os.write(terminal.master, b"\n")
        os.waitpid(terminal.shell, 0)
        os.close(terminal.master)
        os.close(terminal.slave)
        self.seen += 1

    def during(self, seconds):
        """Ten a second at most: what a user could do with both hands."""
        end = time.monotonic() + seconds
        while (begin := time.monotonic()) < end:
            self.one()
            time.sleep(max(0, begin + 0.1 - time.monotonic()))


def measure_monitors(stage, rounds, seconds):
    """Throughput with monitors over that without, in turn; how many there were, and the terminals not given back."""
    run = Run("watched", [{"name": "numbers", "source": {"range": [0, 10 ** 12]}},
                          {"name": "work", **stage}, {"name": "end", "sink": {"discard": True}}])
    monitors = Monitors("watched")

    def rate(doing):
        before = run.status()
        doing(seconds)
        after = run.status()
        return (after["items"]["done"] - before["items"]["done"]) / (after["elapsed_s"] - before["elapsed_s"])

    try:
        run.until(lambda status: status["items"]["done"] > 100, "the first items")
        ratios = []
        for number in range(rounds):
            # Now the one first, now the other: the machine changes in between.
            pair = [(monitors.during, 1), (time.sleep, 0)][::1 if number % 2 else -1]
            rates = {which: rate(doing) for doing, which in pair}
            ratios.append(rates[1] / rates[0])
        return ratios, monitors
    finally:
        run.end()


class Table:
    def __init__(self):
        self.missed = []
        print("| what | there was | wanted | of what is wanted |\n|---|---|---|---|", flush=True)

    def row(self, what, value, wanted=None, unit="", digits=2):
        missed = wanted is not None and value > wanted * SPARE
        if missed:
            self.missed.append(what)
        print(f"| {what} | {value:.{digits}f}{unit}{' **missed**' if missed else ''} | "
              f"{'-' if wanted is None else f'<= {wanted:g}{unit}'} | "
              f"{'-' if not wanted else f'{value / wanted:.2f}'} |", flush=True)


def main():
    quick = sys.argv[1:] == ["--quick"]
    rounds = 1 if quick else int(sys.argv[1]) if len(sys.argv) > 1 else 5
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    table = Table()
    with tempfile.TemporaryDirectory(prefix="pooltop-bench-") as home:
        os.chdir(home)
        os.environ.update(XDG_STATE_HOME=home, XDG_RUNTIME_DIR=home, TERM="xterm-256color", LC_ALL="C.UTF-8")
        times = 40 if quick else 180 * rounds
        late = woken_late(times)
        seen, again = measure_deaths(times)
        with_process = measure_deaths_with_process(times // 3)
        late += woken_late(times)
        for what, values, wanted in (("worker killed to death seen", seen, 10),
                                     ("worker killed to its item in work again, 1 ms backoff", again, 20),
                                     ("the same with a Python process that has to end before", with_process, None),
                                     ("this program woken too late", late, None)):
            table.row(f"{what}, p50 of {len(values)}", 1000 * percentile(values, 0.5), None, " ms")
            table.row(f"{what}, p99", 1000 * percentile(values, 0.99), wanted, " ms")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(limit[0], 4096), limit[1]), limit[1]))
        for way, what in (("request", "kill by the user"), ("worker", "SIGKILL of the worker"), ("engine", "SIGKILL of the engine")):
            took = [measure_tree(way) for _ in range(rounds)]
            table.row(f"{what} to the end of its tree of {TREE} processes, median of {rounds}", statistics.median(took), None, " s", 3)
            table.row(f"{what} to the end of its tree, worst", max(took), 1, " s", 3)
        for stage, what, wanted in (({"op": "sleep", "args": {"min": 0.005, "max": 0.01}, "workers": 16}, "16 workers, 5 to 10 ms an item", 2),
                                    ({"op": "identity", "workers": 2}, "2 workers that do nothing, both cores busy", None)):
            ratios, monitors = measure_monitors(stage, 2 * rounds, 3 if quick else 4)
            table.row(f"throughput lost to {monitors.seen} monitors that came and were killed, {what}, median",
                      100 * (1 - statistics.median(ratios)), wanted, " %")
            table.row("terminals not given back", len(monitors.spoilt), 0, "", 0)
            for text in monitors.spoilt:
                print("not given back after", text, file=sys.stderr)
    if table.missed:
        sys.exit("missed by more than a fifth: " + "; ".join(table.missed))


if __name__ == "__main__":
    main()
