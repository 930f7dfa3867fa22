# SPDX-License-Identifier: MIT
"""What users do to a run, by chance: pause, resume, kill, restart, scale, set, give back, watch, stop. By the control socket,
as scripts do it; what ends the run and some of the rest by the command line."""
import json
import os
import socket
import subprocess

from storm_scenarios import Lost

ANSWER = 30  # seconds in which the engine must answer
# What may be refused: the worker is gone, the stage has ended, the run ends.
REFUSALS = {"no_such_target", "not_possible", "stale_pid", "ended"}
# How often each is done; the first is what workers bear worst.
WEIGHTS = {"hard pause": 40, "pause after the item": 6, "kill": 12, "kill, item fails": 4, "restart": 7, "restart now": 5,
           "scale": 9, "set": 3, "give back": 2, "attach": 2, "drain": 5, "stop now": 5}


class Gone(Exception):
    """The run has ended, or is ending."""


class Socket:
    """A connection to a run's engine."""

    def __init__(self, name):
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.settimeout(ANSWER)
            self.connection.connect(f"{os.environ['XDG_RUNTIME_DIR']}/pooltop/{name}.sock")
            self.lines = self.connection.makefile("rb")
            self.line()
        except (FileNotFoundError, ConnectionRefusedError):
            raise Gone from None

    def line(self):
        try:
            line = self.lines.readline()
        except ConnectionResetError:
            raise Gone from None
        except TimeoutError:
            raise Lost(f"no answer within {ANSWER} s") from None
        if not line:
            raise Gone
        return json.loads(line)

    def send(self, request):
        try:
            self.connection.sendall(json.dumps(request).encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            raise Gone from None

    def ask(self, **request):
        """True if it was done."""
        self.send(request)
        answer = self.line()
        error = answer.get("error")
        if error and error["code"] not in REFUSALS:
            raise Lost(f"{json.dumps(request)} was refused: {error}")
        return not error

    def close(self):
        self.connection.close()


class Steering:
    """Of one run. What it pauses goes on a moment later: resume_due()."""

    def __init__(self, pooltop, name, stages, chance, counts):
        self.pooltop = pooltop
        self.name = name
        self.stages = [stage["name"] for stage in stages]
        self.pools = [stage["name"] for stage in stages if "workers" in stage]
        self.chance = chance
        self.counts = counts
        self.paused = []  # (until when, targets)
        self.socket = None

    def connect(self):
        """To the engine of this life."""
        self.close()
        self.socket = Socket(self.name)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None
        self.paused = []

    def command(self, *words):
        """By the command line; 4: what it is done to is not there any more."""
        done = subprocess.run([self.pooltop, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=2 * ANSWER)
        if done.returncode not in (0, 4):
            raise Lost(f"pooltop {' '.join(words)} ended with {done.returncode}: {done.stderr.decode()}")
        return done.returncode == 0

    def resume_due(self, now):
        due = [targets for until, targets in self.paused if until <= now]
        self.paused = [entry for entry in self.paused if entry[0] > now]
        for targets in due:
            # Who died while it was paused has a successor, which is paused as well.
            if not targets or not self.socket.ask(command="resume", targets=targets):
                self.resume_all()

    def resume_all(self):
        self.paused = []
        self.socket.ask(command="resume")

    def pause(self, now, workers, after_item):
        targets = self.chance.choice([[], [self.chance.choice(self.stages)], [self.chance.choice(workers)],
                                      [self.chance.choice(workers)]])
        self.paused.append((now + self.chance.uniform(0, 0.15), targets))
        if self.chance.random() < 0.05:
            words = [str(target) for target in targets] + ["--after-item"] * after_item
            return self.command("pause", "--run", self.name, *words)
        return self.socket.ask(command="pause", after_item=after_item, **({"targets": targets} if targets else {}))

    def act(self, now, workers):
        """One action; the names of those that were done are counted."""
        what = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if self.do(what, now, workers):
            self.counts[what] += 1

    def do(self, what, now, workers):
        one, pool = self.chance.choice(workers), self.chance.choice(self.pools)
        if what in ("hard pause", "pause after the item"):
            return self.pause(now, workers, what != "hard pause")
        if what == "kill":
            return self.socket.ask(command="kill", pids=[one], signal=self.chance.choice(("KILL", "KILL", "TERM", "ABRT")))
        if what == "kill, item fails":
            return self.socket.ask(command="kill", pids=[one], item="fail")
        if what in ("restart", "restart now"):
            return self.socket.ask(command="restart", targets=[self.chance.choice([one, *self.stages])], now=what != "restart")
        if what == "scale":
            return self.socket.ask(command="scale", stage=pool, workers=self.chance.randint(1, 5))
        if what == "set":
            key, value = self.chance.choice((("capacity", self.chance.randint(1, 200)), ("retries", self.chance.randint(500, 1000)),
                                             ("max_items_per_worker", self.chance.randint(5, 500))))
            return self.socket.ask(command="set", stage=pool, key=key, value=value)
        if what == "give back":
            return self.socket.ask(command="failed", retry=True)
        if what == "attach":
            watcher = Socket(self.name)  # it is gone before it has read anything
            watcher.send({"command": "subscribe", "interval_ms": 50})
            watcher.close()
            return True
        return self.command("stop", "--run", self.name, *["--now"] * (what == "stop now"))
