# SPDX-License-Identifier: MIT
"""SIGKILL for the engine of a run, its guardian, its workers, the front, or all of them, at random moments, and
`run --resume` each time; then its checker, and what it left behind.

  interruptions.py POOLTOP SEED KILLS SECONDS

One run with so many moments of killing, and others while SECONDS have not passed; so many side by side as POOLTOP_JOBS
says, by default 1."""
import collections
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import resumed_run as storm
import side_by_side

ITEMS = 1500
LIFE = 60  # seconds that one life of a run may take to end once something of it was killed


class Hung(Exception):
    """A run that does not come to its end."""


def end_of(front, seconds=LIFE):
    try:
        return front.wait(seconds)
    except subprocess.TimeoutExpired:
        front.kill()
        front.wait()
        raise Hung(f"no end within {seconds} s") from None


def going_on(pooltop):
    text = subprocess.run([pooltop, "ps", "--json"], stdout=subprocess.PIPE, check=True).stdout
    return [run for run in json.loads(text) if run["run"] == "storm" and run["pid"]]


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def kill(pids):
    for pid in pids:
        try:
            if pid > 1:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kill_one_of(chance, front, engine, kills):
    """True if the run is to be gone on with."""
    what = chance.choice(["engine", "engine", "guardian", "workers", "all"])
    workers = [pid for pid, _, name in side_by_side.processes_below(engine) if name == "pooltop-worker"]
    guardian = parent(engine)
    if what == "workers":
        workers = chance.sample(workers, min(3, len(workers)))
        kill(workers)
        kills["worker"] += len(workers)
        return False
    if what in ("engine", "guardian"):
        kill([engine if what == "engine" else guardian])
        kills[what] += 1
        return True
    front.kill()
    kill([guardian, engine] + workers)
    kills.update({"front": 1, "guardian": 1, "engine": 1, "worker": len(workers)})
    return True


def one_run(pooltop, seed, moments):
    """In a job of side_by_side."""
    chance = random.Random(seed)
    kills = collections.Counter()
    failed = []
    leftovers = side_by_side.Leftovers()
    shutil.rmtree(os.environ["XDG_STATE_HOME"] + "/pooltop", ignore_errors=True)
    for file in ("all.txt", "kept.jsonl"):
        if os.path.exists(file):
            os.remove(file)
    storm.write(ITEMS, durability=chance.choice(("process", "fsync")))
    subprocess.run([pooltop, "check", "storm.json"], stdout=subprocess.DEVNULL, check=True)
    status = None
    front = storm.run(pooltop)
    try:
        enough = time.monotonic() + LIFE  # a slow machine gets fewer kills
        for _ in range(moments):
            if time.monotonic() > enough:
                break
            try:
                front.wait(chance.uniform(0, 0.5))
                break  # it has come to its end
            except subprocess.TimeoutExpired:
                pass
            runs = going_on(pooltop)
            if not runs:
                continue
            engine = runs[0]["pid"]
            if engine == front.pid or parent(engine) in (front.pid, os.getpid()):
                continue  # there is no engine yet
            if kill_one_of(chance, front, engine, kills):
                end_of(front)
                front = storm.run(pooltop)
        deadline = time.monotonic() + 2 * LIFE
        status = end_of(front, 2 * LIFE)
        while status not in (0, 1) and time.monotonic() < deadline:
            status = end_of(storm.run(pooltop), 2 * LIFE)
        failed += storm.wrong(pooltop, status)[:10]
    except Hung as text:
        failed.append(str(text))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        failed.append(repr(error))
        front.kill()
        front.wait()
    left = leftovers.look()
    if side_by_side.left_in_words(left):
        failed.append(f"it left {side_by_side.left_in_words(left)}")
    return seed, kills, status, failed, left


def main():
    pooltop, seed, moments, seconds = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    begin = time.monotonic()
    seeds = itertools.count(seed)

    def following():
        number = next(seeds)
        return (pooltop, number, moments) if number == seed or time.monotonic() < begin + seconds else None

    kills, left, runs, wrong = collections.Counter(), {}, 0, []
    for number, killed, status, failed, leaves in side_by_side.results(side_by_side.jobs(), one_run, following):
        print("seed", number, "kills", dict(killed), "status", status, flush=True)
        for text in failed:
            print("FAILED:", text, flush=True)
        kills.update(killed)
        runs += 1
        wrong += failed
        side_by_side.add_left(left, leaves)
    print(f"runs {runs} in {time.monotonic() - begin:.0f} s, kills {dict(kills)}; nothing left after "
          f"{left.get('gone', 0):.2f} s at most")
    side_by_side.tell(part="interruptions", kills=kills, runs=runs, failed=side_by_side.kinds_of(wrong), left=left)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
