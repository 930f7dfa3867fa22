# SPDX-License-Identifier: MIT
"""One run of storm.py: a scenario whose workers are killed and stopped by chance, while somebody steers it perhaps."""
import collections
import json
import os
import random
import resource
import select
import shutil
import signal
import subprocess
import time

import side_by_side
from storm_scenarios import CHILDREN, FEW, SCENARIOS, Lost
from storm_steering import Gone, Steering

LIMIT = 60  # seconds that a run may take from the last kill to its end
GAP = 2  # seconds without progress after which there is a reason to be named
LIVES = 40  # of a run that is stopped and gone on with
# How workers die; what they are not sent they do not die of here.
DEATHS = {signal.SIGKILL: 95, signal.SIGSEGV: 2, signal.SIGABRT: 2, signal.SIGBUS: 1}


def stat_of(pid):
    """(name, parent) of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    name = text[text.index(b"(") + 1:text.rindex(b")")]
    fields = text[text.rindex(b")") + 2:].split()
    return (name, int(fields[1])) if fields[0] not in (b"Z", b"X") else None


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return [] if os.path.exists(f"/proc/self/task/{os.getpid()}/children") else [
            number for number, stat in ((int(name), stat_of(name)) for name in os.listdir("/proc") if name.isdigit())
            if stat and stat[1] == pid]


def workers_of(engine):
    return [pid for pid in children_of(engine) if (stat_of(pid) or (b"", 0))[0] == b"pooltop-worker"]


class Victim:
    """A worker or its child, by a descriptor: whoever has its number later is safe."""

    def __init__(self, pid, parent):
        self.fd = os.pidfd_open(pid)
        if (stat_of(pid) or (b"", 0))[1] != parent:
            os.close(self.fd)
            raise ProcessLookupError

    def send(self, number):
        try:
            signal.pidfd_send_signal(self.fd, number)
        except ProcessLookupError:
            pass

    def close(self):
        os.close(self.fd)


class Progress:
    """The longest time in which a run's file stayed as it was, while nothing of the run was stopped."""

    def __init__(self, look):
        self.look = look  # what the run says is the matter
        self.size = self.now = None
        self.still = self.longest = 0
        self.reason = ""

    def see(self, is_free):
        before, self.now = self.now, time.monotonic()
        try:
            size = os.stat("out").st_size
        except FileNotFoundError:
            size = 0
        if size != self.size or before is None:
            self.size, self.still = size, 0
        elif is_free:
            if self.still <= GAP < self.still + self.now - before:
                self.reason = self.look()
            self.still += self.now - before
            self.longest = max(self.longest, self.still)

    def begin(self):
        """A new life."""
        self.now, self.still = None, 0


class Run:
    """One scenario with one seed, in a job of side_by_side."""

    def __init__(self, pooltop, scenario, seed, kills, stops):
        self.pooltop = pooltop
        self.kind = scenario.__name__
        self.name = f"{self.kind}-{seed}"
        self.chance = random.Random(self.name)
        self.kills_left, self.stops_left = FEW.get(self.kind, (kills, stops))
        self.deaths = collections.Counter()
        self.killed = collections.Counter()  # by whose work it was
        self.stops = self.lives = 0
        self.actions = collections.Counter()
        self.stages, self.check = scenario()
        with open("storm.json", "w", encoding="utf-8") as file:
            json.dump({"name": self.name, "defaults": {"capacity": 64}, "stages": self.stages}, file)
        self.steering = (Steering(pooltop, self.name, self.stages, self.chance, self.actions)
                         if self.kind.startswith("steered") else None)
        self.progress = Progress(self.reason)
        self.stopped = []  # (when it goes on, victim)
        self.calm_until = 0
        self.front = self.ended = None

    def start(self, resume):
        # The deaths are ours: no report of theirs.
        ours = "handle_segv=0:handle_sigbus=0:handle_abort=0"
        options = os.environ.get("ASAN_OPTIONS")
        with open("err", "ab") as err:
            self.front = subprocess.Popen(
                [self.pooltop, "run", "storm.json", "--plain", "--report", "report"] + ["--resume"] * resume,
                stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                env=dict(os.environ, ASAN_OPTIONS=f"{options}:{ours}" if options else ours))
        self.ended = os.pidfd_open(self.front.pid)
        self.progress.begin()
        self.lives += 1

    def wait(self, seconds):
        """A moment; true when the run has ended."""
        self.progress.see(not self.stopped and not (self.steering and self.steering.paused))
        return bool(select.select([self.ended], [], [], seconds)[0])

    def status(self):
        run = subprocess.run([self.pooltop, "status", "--run", self.name, "--json"], capture_output=True, text=True)
        return json.loads(run.stdout) if run.returncode == 0 else None

    def reason(self):
        status = self.status()
        if not status:
            return "no status"
        states = collections.Counter(f"{worker['stage']} {worker['state']}" for worker in status["workers"])
        return "; ".join([problem["text"] for problem in status["problems"]] or [f"none named: {dict(states)}"])

    def engine(self):
        """The engine's PID; None when the run was over before its storm could begin: then it counts no kills."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            status = self.status()
            if status and workers_of(status["pid"]):
                return status["pid"]
            if self.wait(0.02):
                return None
        raise Lost("the run did not start")

    def let_go_on(self, until):
        """Those whose time has come."""
        for entry in [entry for entry in self.stopped if entry[0] <= until]:
            entry[1].send(signal.SIGCONT)
            entry[1].close()
            self.stopped.remove(entry)

    def strike(self, engine, worker):
        """Kills or stops it, or the process that does its work."""
        whose = "native workers"
        try:
            victim = Victim(worker, engine)
            if self.kind in CHILDREN and (children := children_of(worker)):
                whose = CHILDREN[self.kind]
                if self.chance.random() < 0.5:
                    victim.close()
                    victim = Victim(children[0], worker)
        except OSError:
            return
        if self.stops_left > 0 and self.chance.random() < 0.35:
            victim.send(signal.SIGSTOP)
            self.stopped.append((time.monotonic() + self.chance.uniform(0, 0.25), victim))
            self.stops += 1
            self.stops_left -= 1
        elif self.kills_left > 0:
            death = self.chance.choices(list(DEATHS), list(DEATHS.values()))[0]
            victim.send(death)
            victim.close()
            self.deaths[death.name[3:]] += 1
            self.killed[whose] += 1
            self.kills_left -= 1
        else:
            victim.close()

    def rage(self, engine):
        """Until there was enough, or the run has ended, or for so long."""
        end = time.monotonic() + LIMIT
        while (self.kills_left > 0 or self.stops_left > 0) and not self.wait(self.chance.uniform(0.001, 0.03)):
            now = time.monotonic()
            if now > end:
                break
            self.let_go_on(now)
            if self.steering:
                self.steering.resume_due(now)
            workers = workers_of(engine)
            if not workers or now < self.calm_until:
                continue
            if self.chance.random() < 0.05:
                self.calm_until = now + self.chance.uniform(0, 0.3)  # what was begun may get on
            if self.steering and self.chance.random() < 0.7:
                self.steering.act(now, workers)
            else:
                self.strike(engine, self.chance.choice(workers))
        if self.steering:
            self.steering.resume_all()

    def live(self):
        """One life, from its start to its end; its exit status."""
        engine = self.engine()
        if engine is not None:
            try:
                if self.steering:
                    self.steering.connect()
                self.rage(engine)
            except Gone:
                pass
            finally:
                self.let_go_on(float("inf"))
                if self.steering:
                    self.steering.close()
        end = time.monotonic() + LIMIT
        while not self.wait(0.05):
            if time.monotonic() > end:
                raise Lost(f"stuck: {json.dumps(self.status())}")
        os.close(self.ended)
        return self.front.wait()

    def all(self):
        """Its lives and its end."""
        self.start(resume=False)
        status = self.live()
        while self.steering and status == 130 and not self.is_complete() and self.lives < LIVES:
            self.start(resume=True)
            status = self.live()
        failed = self.failed_items()
        wanted = {1 if failed else 0} | ({130} if self.steering else set())
        if status not in wanted or (failed and not self.steering):
            raise Lost(f"it ended with {status}, with {len(failed)} failed items")
        self.check(failed)
        self.check_report(len(failed))

    def failed_items(self):
        listing = subprocess.run([self.pooltop, "failed", self.name, "--json"], capture_output=True, text=True)
        if listing.returncode != 0:
            raise Lost(f"pooltop failed: {listing.stderr}")
        return [json.loads(line)["item"] for line in listing.stdout.splitlines()]

    @staticmethod
    def report():
        with open("report", encoding="utf-8") as file:
            return json.load(file)

    def is_complete(self):
        """Of a run that somebody stopped when there was nothing more to do."""
        items = self.report()["items"]
        return items["done"] + items["failed"] == self.stages[0]["source"]["range"][1]

    def check_report(self, failed):
        report = self.report()
        items = report["items"]
        given = self.stages[0]["source"]["range"][1] if self.steering else report["stages"][0]["out"]
        if items["failed"] != failed or items["in_flight"] != 0 or items["done"] + failed != given:
            raise Lost(f"the report's items do not add up: {items}, {failed} on the list of failed items")

    def tell(self, lost):
        """What went wrong, with the run's last words."""
        with open("err", encoding="utf-8", errors="replace") as file:
            return f"FAILED {self.name}: {lost}\n" + "".join("    " + line for line in file.readlines()[-15:])


def one_run(pooltop, number, seed, kills, stops):
    """In a job of side_by_side: what there was, and what went wrong."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    leftovers = side_by_side.Leftovers()
    begin = time.monotonic()
    home = os.getcwd()
    folder = f"{SCENARIOS[number].__name__}-{seed}"
    os.makedirs(folder)
    os.chdir(folder)
    run = Run(pooltop, SCENARIOS[number], seed, kills, stops)
    failed = ""
    try:
        run.all()
    except (Lost, OSError, ValueError, LookupError, subprocess.SubprocessError) as lost:
        failed = run.tell(lost if isinstance(lost, Lost) else repr(lost))
        run.front.kill()
        run.front.wait()
    left = leftovers.look()
    if side_by_side.left_in_words(left):
        failed += f"FAILED {run.name}: it left {side_by_side.left_in_words(left)}"
    os.chdir(home)
    if not failed:
        shutil.rmtree(folder)
    shutil.rmtree(f"{os.environ['XDG_STATE_HOME']}/pooltop/runs/{run.name}", ignore_errors=True)
    return {"name": run.name, "kind": run.kind, "deaths": run.deaths, "killed": run.killed, "stops": run.stops,
            "actions": run.actions, "lives": run.lives, "gap": run.progress.longest, "reason": run.progress.reason,
            "failed": failed, "left": left, "seconds": time.monotonic() - begin}
