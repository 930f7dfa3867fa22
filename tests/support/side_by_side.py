# SPDX-License-Identifier: MIT
"""Storms side by side: each job is a process with a folder, a state and a runtime directory of its own, and looks what its
runs have left behind. What they counted is told in one way: figures."""
import collections
import concurrent.futures
import ctypes
import glob
import json
import multiprocessing
import os
import re
import select
import signal
import time

PR_SET_CHILD_SUBREAPER = 36
LEAVE_WITHIN = 30  # seconds; a limit, not what is wanted: that is a second


def jobs():
    return int(os.environ.get("POOLTOP_JOBS", "1"))


def enter(numbers, root):
    """What a job does first. Whoever loses its parent comes to this process, so that nobody leaves unseen."""
    folder = f"{root}/job.{numbers.get()}"
    for name in ("state", "runtime", "tmp"):
        os.makedirs(f"{folder}/{name}", mode=0o700)
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_RUNTIME_DIR=folder + "/runtime", TMPDIR=folder + "/tmp")
    os.chdir(folder)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def results(count, task, following):
    """task(*arguments) in `count` jobs at once, for the arguments that following() gives until it gives None; what they
    return, as it comes."""
    fork = multiprocessing.get_context("fork")
    numbers = fork.SimpleQueue()
    for number in range(count):
        numbers.put(number)
    with concurrent.futures.ProcessPoolExecutor(count, fork, enter, (numbers, os.getcwd())) as pool:
        running = set()
        while True:
            while len(running) < count and (arguments := following()) is not None:
                running.add(pool.submit(task, *arguments))
            if not running:
                return
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                yield one.result()


def processes_below(root):
    """(PID, state, name) of every descendant."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    begin, _, rest = file.read().rpartition(")")
            except OSError:
                continue
            state, parent = rest.split()[:2]
            found.setdefault(int(parent), []).append((int(entry), state, begin.partition("(")[2]))
    below, todo = [], [root]
    while todo:
        children = found.get(todo.pop(), [])
        below += children
        todo += [pid for pid, _, _ in children]
    return below


def reap():
    """The orphans that came to this process; the caller has no child of its own that goes on."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def names_in_memory():
    """Of shared memory: folders there are those of tests."""
    return {os.path.basename(path) for path in glob.glob("/dev/shm/*pooltop*") if os.path.isfile(path)}


class Leftovers:
    """What runs of this process leave, and how long it took until nothing was there, at most."""

    def __init__(self):
        self.names = names_in_memory()

    def look(self):
        """To be called when a run has ended, before the next begins. {"what": number}, {} where nothing is; "gone": s."""
        begin = time.monotonic()
        while True:
            reap()
            left = processes_below(os.getpid())
            if not left or time.monotonic() > begin + LEAVE_WITHIN:
                break
            select.select([], [], [], 0.005)
        found = {"gone": time.monotonic() - begin}
        zombies = [pid for pid, state, _ in left if state in "ZX"]
        for pid, _, _ in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        runs = os.environ["XDG_STATE_HOME"] + "/pooltop/runs/*/"
        for what, number in (("processes", len(left) - len(zombies)), ("zombies", len(zombies)),
                             ("sockets", len(glob.glob(os.environ["XDG_RUNTIME_DIR"] + "/pooltop/*"))),
                             ("names in /dev/shm", len(names_in_memory() - self.names)),
                             ("temporary files", len(os.listdir(os.environ["TMPDIR"])) + len(glob.glob(runs + "*.new")))):
            if number:
                found[what] = number
        return found


def add_left(total, found):
    """Sums what look() found."""
    for what, number in found.items():
        total[what] = max(total.get(what, 0), number) if what == "gone" else total.get(what, 0) + number


def left_in_words(total):
    """Of such a sum, but for its time; "" where nothing is left."""
    return ", ".join(f"{number} {what}" for what, number in total.items() if what != "gone")


KINDS = {"hung": r"stuck|no end within|did not end|did not start|no answer within", "left behind": r"it left |still kept",
         "doubled": r"is in \d+ places|too many \[[^]]", "lost": r"lost \[[^]]|items are somewhere"}


def kinds_of(failures):
    """How many of these texts speak of what."""
    return collections.Counter(next((kind for kind, words in KINDS.items() if re.search(words, text)), "other")
                               for text in failures)


def tell(**figures):
    """One line of JSON for the summary of a soak, where one is asked for."""
    path = os.environ.get("POOLTOP_FIGURES")
    if path:
        with open(path, "a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")
