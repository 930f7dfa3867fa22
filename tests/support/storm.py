#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs pipelines while their workers are killed and stopped by chance; nothing may be lost, doubled or stuck.

    storm.py POOLTOP [--seconds N] [--kills N] [--stops N] [--seed N] [--only NAME]

Scenarios run one after the other, again with other seeds until there were enough kills and stops in all. A worker is a
child of the engine with the name "pooltop-worker": sources, work and sinks alike. What must be in the sink is computed
here, from nothing that the run says. Ends with 0 if all held; prints the seed of what did not.
"""
import argparse
import collections
import json
import os
import random
import select
import signal
import subprocess
import sys
import time

LIMIT = 40  # seconds that a run may take from the last kill to its end


class Lost(Exception):
    """Something did not hold."""


def calm(stage):
    """However often its workers die, no item and no slot is given up."""
    return {**stage, "crash_retries": 1000, "max_restarts": {"count": 1000, "within": "10s"}, "backoff": "10ms"}


def numbers(count, **more):
    return calm({"name": "numbers", "source": {"range": [0, count]}, **more})


def to_file(**more):
    return calm({"name": "save", "sink": {"lines": "out"}, **more})


def read_lines(path="out"):
    with open(path, "rb") as file:
        text = file.read()
    if text and not text.endswith(b"\n"):
        raise Lost("the last line is cut")
    return text.decode().splitlines()


def compare(got, want):
    if got != want:
        raise Lost(f"lost {list((want - got).elements())[:10]}, too many {list((got - want).elements())[:10]}")


def same_items(wanted):
    """Every item once, in any order."""
    def check():
        compare(collections.Counter(read_lines()), collections.Counter(wanted))
    wanted = list(wanted)
    return check


def same_order(wanted):
    def check():
        got = read_lines()
        if got == wanted:
            return
        for at, (have, want) in enumerate(zip(got, wanted)):
            if have != want:
                raise Lost(f"line {at + 1} is {have[:80]!r}, not {want[:80]!r} ({len(got)} lines of {len(wanted)})")
        raise Lost(f"{len(got)} lines, not {len(wanted)}")
    return check


def linear():
    count = 12000
    stages = [numbers(count),
              calm({"name": "square", "op": "square", "workers": 4, "rate": "3000/s"}),
              calm({"name": "twice", "op": "double", "workers": 3}), to_file()]
    return stages, same_items(str(2 * i * i) for i in range(count))


def branches():
    count = 6000
    stages = [numbers(count),
              calm({"name": "square", "from": "numbers", "op": "square", "workers": 2, "rate": "1500/s"}),
              calm({"name": "twice", "from": "numbers", "op": "double", "workers": 2}),
              to_file(**{"from": ["square", "twice"]})]
    return stages, same_items([str(i * i) for i in range(count)] + [str(2 * i) for i in range(count)])


def ordered():
    count = 2500
    stages = [numbers(count),
              calm({"name": "nap", "op": "sleep", "args": {"min": 0, "max": 0.004}, "workers": 4, "rate": "700/s"}),
              calm({"name": "same", "op": "identity", "workers": 2}), to_file(ordered=True)]
    return stages, same_order([str(i) for i in range(count)])


def ordered_branches():
    count = 2500
    stages = [numbers(count),
              calm({"name": "square", "from": "numbers", "op": "square", "workers": 3, "rate": "700/s"}),
              calm({"name": "twice", "from": "numbers", "op": "double", "workers": 2}),
              to_file(ordered=True, **{"from": ["square", "twice"]})]
    return stages, same_order([str(n) for i in range(count) for n in (i * i, 2 * i)])


def commands():
    count = 300
    stages = [numbers(count), calm({"name": "echo", "command": ["echo", "item {}"], "workers": 3, "rate": "80/s"}), to_file()]
    return stages, same_items(f"item {i}" for i in range(count))


def one_to_many():
    count = 2500
    with open("blocks", "wb") as file:
        for i in range(count):
            file.write(b"\n".join(b"%d" % (10 * i + n) for n in range(i % 7)) + b"\0")
    stages = [calm({"name": "blocks", "source": {"lines": "blocks", "delimiter": "\0"}}),
              calm({"name": "split", "op": "split_lines", "workers": 3, "rate": "700/s"}),
              calm({"name": "twice", "op": "double", "workers": 2}),
              calm({"name": "save", "sink": {"jsonl": "out"}})]

    def check():
        wanted = {}
        for i in range(count):
            parts = i % 7
            for n in range(parts):
                wanted[f"{i}.{n}" if parts > 1 else f"{i}"] = str(2 * (10 * i + n))
        got = collections.Counter()
        for line in read_lines():
            row = json.loads(line)
            got[row["id"], row["value"]] += 1
        compare(got, collections.Counter(wanted.items()))
    return stages, check


def lines_worker():
    count = 2500
    stages = [numbers(count), calm({"name": "cat", "worker": ["cat"], "workers": 3, "rate": "700/s"}), to_file()]
    return stages, same_items(str(i) for i in range(count))


def json_worker():
    count = 2000
    child = ("import json, sys\n"
             "for line in sys.stdin:\n"
             "    r = json.loads(line)\n"
             "    n = int(r['item'])\n"
             "    items = [] if n % 5 == 0 else [str(n)] * (1 + n % 3)\n"
             "    print(json.dumps({'id': r['id'], 'items': items}), flush=True)\n")
    with open("child.py", "w", encoding="utf-8") as file:
        file.write(child)
    stages = [numbers(count),
              calm({"name": "child", "worker": [sys.executable, "child.py"], "protocol": "json", "window": 60, "workers": 2,
                    "rate": "600/s"}),
              to_file(capacity=3)]
    return stages, same_items(str(n) for n in range(count) if n % 5 for _ in range(1 + n % 3))


def short_lives():
    count = 4000
    stages = [numbers(count),
              calm({"name": "square", "op": "square", "workers": 3, "max_items_per_worker": 50, "rate": "1200/s"}),
              calm({"name": "save", "sink": {"csv": "out"}})]
    return stages, same_items(str(i * i) for i in range(count))


def large_items():
    """More than the source's ring holds, and items larger than a record: its worker is killed on the way, too."""
    count = 2500
    wanted = [f"{i} ".ljust(300_000 if i % 100 == 7 else 1000 + i, "abcdefg"[i % 7]) for i in range(count)]
    with open("large", "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in wanted)
    stages = [calm({"name": "large", "source": {"lines": "large"}}),
              calm({"name": "same", "op": "identity", "workers": 3, "rate": "700/s"}), to_file(ordered=True)]
    return stages, same_order(wanted)


# Where a new worker takes long to begin, kills without end would let nothing through.
FEW = {"json_worker": (30, 15)}
SCENARIOS = [linear, branches, ordered, ordered_branches, commands, one_to_many, lines_worker, json_worker, short_lives, large_items]


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
    except FileNotFoundError:
        found = ((int(name), stat_of(name)) for name in os.listdir("/proc") if name.isdigit())
        return [number for number, stat in found if stat and stat[1] == pid]


def workers_of(engine):
    return [pid for pid in children_of(engine) if (stat_of(pid) or (b"", 0))[0] == b"pooltop-worker"]


class Victim:
    """A worker, by a descriptor: whoever has its number later is safe."""

    def __init__(self, pid, engine):
        self.fd = os.pidfd_open(pid)
        if (stat_of(pid) or (b"", 0)) != (b"pooltop-worker", engine):
            os.close(self.fd)
            raise ProcessLookupError

    def send(self, number):
        try:
            signal.pidfd_send_signal(self.fd, number)
        except ProcessLookupError:
            pass

    def close(self):
        os.close(self.fd)


class Storm:
    def __init__(self, args):
        self.args = args
        self.kills = self.stops = self.runs = 0
        self.until = time.monotonic() + args.seconds

    def wait(self, front, seconds):
        """A moment; true when the run has ended."""
        ready = select.select([front], [], [], seconds)[0]
        return bool(ready)

    def status(self, name):
        run = subprocess.run([self.args.pooltop, "status", "--run", name, "--json"], capture_output=True, text=True)
        return json.loads(run.stdout) if run.returncode == 0 else None

    def engine_of(self, name, front):
        """The engine's PID; None when the run was over before its storm could begin: then it counts no kills."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            status = self.status(name)
            if status and workers_of(status["pid"]):
                return status["pid"]
            if self.wait(front, 0.02):
                return None
        raise Lost("the run did not start")

    def rage(self, chance, engine, front, kills, stops):
        """Kills and stops until there were enough, or the run has ended."""
        stopped = []  # (when it goes on, victim)
        calm_until = 0
        while (kills > 0 or stops > 0) and not self.wait(front, chance.uniform(0.001, 0.03)):
            now = time.monotonic()
            for entry in [e for e in stopped if e[0] <= now]:
                entry[1].send(signal.SIGCONT)
                entry[1].close()
                stopped.remove(entry)
            workers = workers_of(engine)
            if not workers or now < calm_until:
                continue
            if chance.random() < 0.05:
                calm_until = now + chance.uniform(0, 0.3)  # what was begun may get on
            try:
                victim = Victim(chance.choice(workers), engine)
            except (ProcessLookupError, OSError):
                continue
            if stops > 0 and chance.random() < 0.35:
                victim.send(signal.SIGSTOP)
                stopped.append((now + chance.uniform(0, 0.25), victim))
                self.stops += 1
                stops -= 1
            else:
                victim.send(signal.SIGKILL)
                victim.close()
                self.kills += 1
                kills -= 1
        for _, victim in stopped:
            victim.send(signal.SIGCONT)
            victim.close()

    def run(self, scenario, seed):
        name = f"{scenario.__name__}-{seed}"
        os.makedirs(name)
        os.chdir(name)
        try:
            chance = random.Random(name)
            stages, check = scenario()
            with open("storm.json", "w", encoding="utf-8") as file:
                json.dump({"name": name, "defaults": {"capacity": 64}, "stages": stages}, file)
            with open("err", "wb") as err:
                front = subprocess.Popen([self.args.pooltop, "run", "storm.json", "--plain", "--report", "report"],
                                         stdin=subprocess.DEVNULL, stdout=err, stderr=err)
            front_fd = os.pidfd_open(front.pid)
            try:
                kills, stops = FEW.get(scenario.__name__, (self.args.each_kills, self.args.each_stops))
                engine = self.engine_of(name, front_fd)
                if engine is not None:
                    self.rage(chance, engine, front_fd, kills, stops)
                if not self.wait(front_fd, LIMIT):
                    raise Lost(f"stuck: {json.dumps(self.status(name))}")
                if front.wait() != 0:
                    raise Lost(f"it ended with {front.returncode}")
                check()
                self.check_report()
            except Lost as lost:
                self.tell(name, lost)
                front.kill()
                front.wait()
                raise
            finally:
                os.close(front_fd)
            self.runs += 1
        finally:
            os.chdir("..")

    @staticmethod
    def check_report():
        with open("report", encoding="utf-8") as file:
            report = json.load(file)
        items = report["items"]
        if items["failed"] != 0 or items["in_flight"] != 0 or items["done"] != report["stages"][0]["out"]:
            raise Lost(f"the report's items do not add up: {items}")

    @staticmethod
    def tell(name, lost):
        print(f"FAILED {name}: {lost}", flush=True)
        with open("err", encoding="utf-8", errors="replace") as file:
            print("".join("    " + line for line in file.readlines()[-15:]), flush=True)

    def enough(self):
        return self.kills >= self.args.kills and self.stops >= self.args.stops

    def all(self):
        scenarios = [s for s in SCENARIOS if self.args.only in ("", s.__name__)]
        seed = self.args.seed
        print(f"seed {seed}", flush=True)
        failed = False
        while True:
            for scenario in scenarios:
                before = (self.kills, self.stops, time.monotonic())
                try:
                    self.run(scenario, seed)
                except Lost:
                    failed = True
                print(f"{scenario.__name__} {seed}: {self.kills - before[0]} kills, {self.stops - before[1]} stops, "
                      f"{time.monotonic() - before[2]:.1f} s", flush=True)
                if time.monotonic() > self.until and (failed or self.enough()):
                    break
            seed += 1
            if failed or self.enough() or time.monotonic() > self.until:
                break
        print(f"{self.runs} runs, {self.kills} kills, {self.stops} stops", flush=True)
        return 0 if not failed and self.enough() else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pooltop")
    parser.add_argument("--seconds", type=float, default=60, help="no scenario begins after that")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--each-kills", type=int, default=200, help="in one run")
    parser.add_argument("--each-stops", type=int, default=100, help="in one run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    args.pooltop = os.path.abspath(args.pooltop)
    return Storm(args).all()


if __name__ == "__main__":
    sys.exit(main())
