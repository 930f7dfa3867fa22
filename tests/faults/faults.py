# SPDX-License-Identifier: MIT
"""Makes the n-th call of a function fail, for n = 1, 2, 3 … in growing steps until a run passes untouched, for each row of
the table below; a run must then end with all items in one place, or say why it cannot and be gone on with.

  faults.py POOLTOP LIBRARY SEED SECONDS GROUP...

The rows of the GROUPs come in an order that SEED decides, in rounds, as long as SECONDS have not passed. "only TEXT..."
takes those whose title has all of the texts, and tells of each run."""
import collections
import concurrent.futures
import multiprocessing
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.environ["POOLTOP_SOURCE"] + "/tests/support")
import runs
import side_by_side

Row = collections.namedtuple("Row", "group call error role mode descriptors stage kind statuses says waits never",
                             defaults=["once", "any", "-", "short", (3,), "", False, ""])

LANES = 3  # runs that go on at once
MOST_IN_VAIN = 50_000  # calls of one that always fails
ENGINE, GUARDIAN, FORKS, WORKER, FRONT = "pooltop-engine", "pooltop-guard", "pooltop-forks", "pooltop-worker", "front"


def rows():
    def add(group, role, calls, errors, modes=("once", "on"), **more):
        for call in calls.split():
            for error in errors.split():
                for mode in modes:
                    # A call that is interrupted for ever may be made for ever.
                    asks_again = (error in ("EINTR", "ECONNABORTED") or
                                  (error == "EAGAIN" and call in ("read", "write", "send", "recv")))
                    yield Row(group, call, error, role, "often" if asks_again and mode == "on" else mode, **more)

    often, once = ("once", "often"), ("once",)
    # The engine: what it needs to begin, to start a worker, to serve its socket, to keep its files.
    yield from add("engine", ENGINE, "epoll_create1 signalfd timerfd_create", "EMFILE", once)
    yield from add("engine", ENGINE, "socket bind mkdir", "EACCES", once)
    yield from add("engine", ENGINE, "bind", "EADDRINUSE")
    yield from add("engine", ENGINE, "memfd_create eventfd socketpair pidfd_open fcntl", "EMFILE", waits=True)
    yield from add("engine", ENGINE, "posix_fallocate", "ENOSPC", waits=True)
    yield from add("engine", ENGINE, "mmap madvise", "ENOMEM", waits=True)
    yield from add("engine", ENGINE, "fork clone", "EAGAIN", waits=True)
    yield from add("engine", ENGINE, "execve", "ENOENT EACCES ENOMEM")
    yield from add("engine", ENGINE, "epoll_ctl", "ENOSPC ENOMEM")
    yield from add("engine", ENGINE, "sendmsg", "EAGAIN EPIPE EINTR")
    yield from add("engine", ENGINE, "recvmsg", "EINTR ECONNRESET")
    yield from add("engine", ENGINE, "waitid epoll_pwait2 epoll_wait poll", "EINTR", often)
    yield from add("engine", ENGINE, "pidfd_send_signal", "ESRCH EPERM")
    yield from add("engine", ENGINE, "accept4", "EMFILE ECONNABORTED")
    yield from add("engine", ENGINE, "send", "EINTR EAGAIN EPIPE short")
    yield from add("engine", ENGINE, "recv", "EINTR EAGAIN ECONNRESET short")
    yield from add("engine", ENGINE, "timerfd_settime", "EINVAL", once)
    yield from add("engine", ENGINE, "read pread", "EINTR", often)
    yield from add("engine", ENGINE, "pread", "EIO short", descriptors="file", kind="long")
    yield from add("engine", ENGINE, "write", "EINTR", often)
    yield from add("engine", ENGINE, "write", "ENOSPC EDQUOT EIO short torn-ENOSPC", descriptors="file")
    yield from add("engine", ENGINE, "write", "EPIPE short", descriptors="pipe")
    yield from add("engine", ENGINE, "write", "EAGAIN", once, descriptors="pipe")
    yield from add("engine", ENGINE, "pwrite", "EINTR", often)
    yield from add("engine", ENGINE, "pwrite", "ENOSPC EDQUOT EIO short torn-ENOSPC")
    yield from add("engine", ENGINE, "fdatasync fsync", "EIO EINTR", once, kind="fsync")
    yield from add("engine", ENGINE, "open openat", "EMFILE EACCES")
    yield from add("engine", ENGINE, "rename", "EACCES EIO")
    yield from add("engine", ENGINE, "renameat", "EACCES EIO", kind="long")
    yield from add("engine", ENGINE, "unlink", "EACCES", once)
    yield from add("engine", ENGINE, "unlinkat", "EACCES", once, kind="long")
    # The JSON library takes memory in a destructor: where that is refused nothing is left but to abort.
    yield from add("engine", ENGINE, "malloc", "ENOMEM", once, says="SIGABRT")
    # The workers.
    yield from add("workers", WORKER, "malloc", "ENOMEM", once)
    yield from add("workers", WORKER, "mmap madvise", "ENOMEM")
    yield from add("workers", WORKER, "open", "EMFILE EACCES")
    yield from add("workers", WORKER, "futex read write poll ppoll", "EINTR", often)
    for stage in ("named", "talk", "piped"):  # a shortage costs no worker, and no item's try
        yield from add("workers", WORKER, "pipe2", "EMFILE", stage=stage, statuses=(),
                       never=f"(?:CRASH|RETRY|FAIL) {stage} ")
        yield from add("workers", WORKER, "clone", "EAGAIN ENOMEM", stage=stage, statuses=(),
                       never=f"(?:CRASH|RETRY|FAIL) {stage} ")
    yield from add("workers", WORKER, "execve", "ENOMEM EACCES ETXTBSY", stage="named")
    yield from add("workers", WORKER, "waitid poll", "EINTR", often, stage="named")
    yield from add("workers", WORKER, "kill", "ESRCH EPERM", once, stage="named")
    yield from add("workers", WORKER, "read", "EIO short", stage="named", descriptors="pipe")
    yield from add("workers", WORKER, "read", "EAGAIN EIO short", stage="talk", descriptors="pipe")
    yield from add("workers", WORKER, "write", "EAGAIN EPIPE short", stage="talk", descriptors="pipe")
    yield from add("workers", WORKER, "waitid ppoll", "EINTR", often, stage="talk")
    python = {"stage": "talk", "kind": "python"}
    yield from add("workers", WORKER, "memfd_create socketpair", "EMFILE", **python)
    yield from add("workers", WORKER, "ftruncate", "ENOSPC EINTR", once, **python)
    yield from add("workers", WORKER, "mmap", "ENOMEM", **python)
    yield from add("workers", WORKER, "send", "EINTR EAGAIN EPIPE short", **python)
    yield from add("workers", WORKER, "read", "EINTR EAGAIN EIO short", descriptors="pipe", **python)
    yield from add("workers", WORKER, "open", "EMFILE EACCES ENOSPC", stage="all")
    yield from add("workers", WORKER, "ftruncate", "EIO EINTR", stage="all")
    yield from add("workers", WORKER, "write", "EDQUOT", stage="all", descriptors="file", waits=True)
    for sink in ("all", "kept", "rows"):
        yield from add("workers", WORKER, "write", "ENOSPC torn-ENOSPC", stage=sink, descriptors="file", waits=True)
        yield from add("workers", WORKER, "write", "EIO short", stage=sink, descriptors="file")
    yield from add("workers", WORKER, "fdatasync", "EIO ENOSPC EINTR", stage="all", kind="fsync")
    yield from add("workers", WORKER, "write", "EAGAIN EPIPE short", stage="piped", descriptors="pipe")
    yield from add("workers", WORKER, "waitid ppoll", "EINTR", often, stage="piped")
    yield from add("workers", WORKER, "open", "EMFILE EACCES", stage="texts")
    yield from add("workers", WORKER, "read", "EIO EAGAIN short", stage="texts", descriptors="file")
    # Who starts them and stands behind them.
    yield from add("others", FORKS, "clone", "EAGAIN")
    yield from add("others", FORKS, "recvmsg sendmsg", "EINTR", often)
    yield from add("others", FORKS, "recvmsg", "EMFILE")
    yield from add("others", FORKS, "sendmsg", "EAGAIN EPIPE")
    yield from add("others", GUARDIAN, "fork", "EAGAIN", once)
    yield from add("others", GUARDIAN, "waitid write", "EINTR", often)
    yield from add("others", GUARDIAN, "open", "EMFILE")
    yield from add("others", GUARDIAN, "fcntl dup2", "EMFILE", once, says="guardian died")
    front = {"statuses": (2, 3)}
    yield from add("others", FRONT, "malloc", "ENOMEM", once, says="terminate called", statuses=(2, 3, -6))
    yield from add("others", FRONT, "fork", "EAGAIN", once, **front)
    yield from add("others", FRONT, "pipe2 pidfd_open signalfd", "EMFILE", once, **front)
    yield from add("others", FRONT, "open openat", "EMFILE EACCES", **front)
    yield from add("others", FRONT, "mkdirat rename", "EACCES", **front)
    yield from add("others", FRONT, "poll read write", "EINTR", often, **front)
    yield from add("others", FRONT, "connect", "EAGAIN EMFILE ECONNREFUSED", **front)
    yield from add("others", FRONT, "recv", "ECONNRESET EINTR short", **front)
    yield from add("others", FRONT, "send", "EPIPE EINTR short", **front)
    yield from add("others", FRONT, "read", "EIO short", descriptors="file", **front)
    yield from add("others", FRONT, "write", "ENOSPC short", descriptors="file", **front)
    yield from add("others", FRONT, "read", "EIO short", descriptors="pipe", **front)


# What others use for the same and the program does not call: a row for each would be one that nothing passes. Two it calls
# where this run does not come to, since one call fails in it and no more: the engine's ftruncate, behind a failed write of
# the journal, and the guardian's kill, behind the death of the engine.
NEVER = ("writev pwritev readv fallocate vfork posix_spawn posix_spawnp accept renameat2 sendto recvfrom "
         "mq_open shm_open sem_open pthread_create system popen").split()


def library_of(row, library):
    return library.replace("libfaults.", "libfaults_malloc.") if row.call == "malloc" else library


def title(row):
    stage = "" if row.stage == "-" else "/" + row.stage
    kind = "" if row.descriptors == "any" else " of a " + row.descriptors
    return f"{row.role}{stage}: {row.call} {row.error}{kind}, {row.mode}"


class Plan:
    """The n that a row still has to be tried with: 1, 2, 3, 4, 5, 6, 8, 10 … below the first that nothing was hit with."""

    def __init__(self):
        self.left = [1]
        while self.left[-1] < 100000:
            self.left.append(self.left[-1] + max(1, self.left[-1] // 4))
        self.reach = 3  # how far down the list the next may be taken from
        self.hits = self.runs = 0

    def take(self):
        n = self.left[0] if random.random() < 0.4 else random.choice(self.left[:self.reach])  # many are called once
        self.left.remove(n)
        return n

    def learn(self, n, outcome):
        self.runs += 1
        self.hits += outcome.hits
        if outcome.hits == 0:
            self.left = [m for m in self.left if m < n]
        else:
            self.reach += 4


class Table:
    """The rows, each with its plan, and what came of it."""

    def __init__(self, table, tells):
        self.plans = {row: Plan() for row in table}
        self.tells = tells
        self.turn = []
        self.ends = collections.Counter()
        self.failed = []

    def next(self, busy):
        """A row that has something left: each comes once, in an order of chance, before one comes again."""
        for _ in range(2):
            row = next((row for row in self.turn if row not in busy and self.plans[row].left), None)
            if row is not None:
                self.turn.remove(row)
                return row
            self.turn = random.sample(list(self.plans), len(self.plans))
        return None

    def judge(self, row, n, outcome):
        self.plans[row].learn(n, outcome)
        end = " then ".join(str(status) for status in outcome.statuses)
        self.ends["untouched" if outcome.hits == 0 else end] += 1
        wrong = list(outcome.wrong)
        if row.mode == "on" and outcome.hits > MOST_IN_VAIN:
            wrong.append(f"it was tried {outcome.hits} times, without a rest")
        if row.waits and row.mode == "on" and outcome.hits > 0 and not runs.reason(outcome.said, row):
            wrong.append("it did not say what it waited for")
        if row.never:
            wrong += re.findall(f".*(?:{row.never}).*", outcome.said)[:1]
        for text in wrong:
            self.failed.append(f"{title(row)}, n = {n}: {text}")
            print("FAILED:", self.failed[-1], "| at", outcome.where, flush=True)
        if self.tells:
            print(f"{title(row)}, n = {n}: calls {outcome.calls}, hits {outcome.hits}, exit {end}, at {outcome.where}")
            print("   ", runs.reason(outcome.said, row), flush=True)

    def run(self, pooltop, library, seconds, count):
        lanes = multiprocessing.SimpleQueue()
        for number in range(count):
            lanes.put(number)
        deadline = time.monotonic() + seconds
        with concurrent.futures.ProcessPoolExecutor(count, initializer=enter_lane, initargs=(lanes,)) as pool:
            going_on = {}
            while True:
                while len(going_on) < count and time.monotonic() < deadline:
                    row = self.next({row for row, _ in going_on.values()})
                    if row is None:
                        break
                    n = self.plans[row].take()
                    going_on[pool.submit(runs.one, pooltop, library_of(row, library), row, n, self.tells)] = (row, n)
                if not going_on:
                    break
                for one in concurrent.futures.wait(going_on, return_when=concurrent.futures.FIRST_COMPLETED).done:
                    self.judge(*going_on.pop(one), one.result())
        self.failed += [f"{title(row)}: no call was hit" for row, plan in self.plans.items()
                        if not plan.left and plan.hits == 0]

    def report(self):
        plans = self.plans.values()
        print("runs", sum(plan.runs for plan in plans), "rows tried", sum(plan.runs > 0 for plan in plans),
              "to their end", sum(not plan.left for plan in plans))
        print("ends:", ", ".join(f"{count} with {end}" for end, count in self.ends.most_common()))
        for text in self.failed:
            print("FAILED:", text)
        side_by_side.tell(part="faults", rows=sum(plan.runs > 0 for plan in plans), runs=sum(plan.runs for plan in plans),
                          hit=sum(plan.hits > 0 for plan in plans), failed=side_by_side.kinds_of(self.failed))


def enter_lane(lanes):
    runs.enter_lane(lanes.get())


def imports(pooltop):
    listing = subprocess.run(["nm", "-D", "--undefined-only", pooltop], stdout=subprocess.PIPE, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in listing.decode().splitlines()}


def main():
    pooltop, library, seed, seconds, groups = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
    random.seed(seed)
    only = groups[1:] if groups[0] == "only" else None
    chosen = [row for row in rows() if (row.group in groups if only is None else all(text in title(row) for text in only))]
    print("seed", seed, "rows", len(chosen), flush=True)
    known = imports(pooltop)
    is_sanitized = "__asan_init" in known  # it is slow to start, has many to start, and has a malloc of its own
    if is_sanitized:
        chosen = [row for row in chosen if row.call != "malloc"]
    table = Table(chosen, tells=only is not None)
    table.failed += [f"{call} is called by now: it needs a row" for call in NEVER if call in known]
    if is_sanitized:
        runs.PATIENCE *= 2
    table.run(os.path.abspath(pooltop), os.path.abspath(library), seconds, 1 if is_sanitized else LANES)
    table.report()
    return bool(table.failed) or not chosen


sys.exit(main())
