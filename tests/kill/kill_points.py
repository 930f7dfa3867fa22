# SPDX-License-Identifier: MIT
"""Kills processes of a run at the points that the sources name (engine/base/kill_point.h), one point after the other, and
goes on with the run each time; then checks it.

  kill_points.py POOLTOP SEED KILLS SECONDS PREFIX...

With the prefix spool_ the source of the run is standard input: where it had not come to its end, going on is refused,
and the run begins anew.

Every point whose name begins with a PREFIX is hit once at least, and up to KILLS times while SECONDS have not passed; with
a sanitized build a third of them. Every second run, by chance, has "durability": "fsync"."""
import glob
import mmap
import os
import random
import re
import shutil
import subprocess
import sys
import time

SOURCE = os.environ["POOLTOP_SOURCE"]
sys.path.insert(0, SOURCE + "/tests/support")
import resumed_run as storm

ITEMS = 240
PIPED_ITEMS = 1200
# A journal is compacted when it has grown: who dies there has had records.
WITH_RECORDS = ("journal_half_compacted", "journal_before_rename", "journal_renamed")
PATIENCE = 60  # for a run to come to its end, or to be killed


def points(prefixes):
    found = set()
    for folder, _, files in os.walk(SOURCE + "/engine"):
        for file in files:
            if file.endswith((".cc", ".h")) and file != "kill_point.h":
                with open(os.path.join(folder, file)) as text:
                    found.update(re.findall(r"POOLTOP_KILL_POINT\((\w+)\)", text.read()))
    return sorted(point for point in found if point.startswith(tuple(prefixes)))


def is_sanitized(pooltop):
    with open(pooltop, "rb") as program, mmap.mmap(program.fileno(), 0, access=mmap.ACCESS_READ) as bytes_of_it:
        return bytes_of_it.find(b"__asan_init") >= 0


def run_dir():
    return os.environ["XDG_STATE_HOME"] + "/pooltop/runs/storm"


def has_record():
    """Whether the journal says what was done: there is a whole record behind its first line (engine/journal/record.h)."""
    try:
        with open(run_dir() + "/journal", "rb") as journal:
            journal.readline()
            length = int.from_bytes(journal.read(12)[8:], "little")
            return length > 0 and len(journal.read(length)) == length
    except FileNotFoundError:
        return False


def left():
    return len(glob.glob("token.*"))


def storm_of_kills(pooltop, point, every, kills, piped):
    """One run with so many kills, gone on with until it ends. Returns its status, the kills that there were, and how
    often a journal had lost all that it had said: then the items are done again, which the files do not show."""
    for file in ("all.txt", "kept.jsonl"):
        if os.path.exists(file):
            os.remove(file)
    shutil.rmtree(run_dir(), ignore_errors=True)
    for i in range(1, kills + 1):
        open(f"token.{i}", "w").close()
    armed = f"{point}:{every}:{os.getcwd()}/token:{kills}"
    deadline = time.monotonic() + PATIENCE + kills
    resume = False
    had_record, losses = False, 0
    while True:
        before = left()
        front = storm.run(pooltop, piped, resume or not piped, POOLTOP_KILL_POINT=armed)
        try:
            status = front.wait(max(deadline - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            subprocess.run([pooltop, "status", "storm"], check=False)
            front.kill()
            return None, kills - left(), losses
        had_record = had_record or (point in WITH_RECORDS and left() < before)
        losses += had_record and status != 2 and not has_record()
        had_record = has_record()
        resume = status != 2
        if piped and status == 2 and os.path.exists(run_dir() + "/spool/texts.end"):
            return status, kills - left(), losses
        if status in (0, 1) or time.monotonic() > deadline:
            done = kills - left()
            for file in glob.glob("token.*"):
                os.remove(file)
            return status, done, losses


def main():
    pooltop, seed, kills, seconds, prefixes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
    random.seed(seed)
    piped = "spool_" in prefixes
    is_slow = is_sanitized(pooltop)
    items = (PIPED_ITEMS // (3 if is_slow else 1)) if piped else ITEMS
    todo = points(prefixes)
    if is_slow:  # several times slower: some of them, others from another seed
        todo = sorted(random.sample(todo, (len(todo) + 2) // 3))
    hits = dict.fromkeys(todo, 0)
    end = time.monotonic() + seconds
    failed = []
    for first in (True, False):
        for point in random.sample(todo, len(todo)):
            slow = time.monotonic() > end  # each point has one kill, however slow the machine is
            wanted = min(kills, 1 if slow else 2) if first else kills - hits[point]
            if wanted <= 0 or (not first and time.monotonic() > end):
                continue
            every = random.choice((1, 2, 3, 5, 9))
            storm.write(items, piped, durability=random.choice(("process", "fsync")))
            for one in (every, 1, 1, 1, 1):  # it may not be passed so often, or by chance not at all
                status, done, losses = storm_of_kills(pooltop, point, one, wanted, piped)
                hits[point] += done
                if losses > 0:
                    failed.append(f"{point}:{one}: the journal had lost what was done, {losses} times")
                for text in ["it did not end"] if status is None else storm.wrong(pooltop, status)[:5]:
                    failed.append(f"{point}:{one}: {text}")
                if status == 0 and os.path.exists(run_dir() + "/spool"):
                    failed.append(f"{point}:{one}: what it had read is still kept")
                if done > 0:
                    break
            if hits[point] == 0:
                failed.append(f"{point}: it was never passed")
    print("seed", seed, "points", len(todo), "kills", sum(hits.values()))
    print(" ".join(f"{point}:{count}" for point, count in hits.items()))
    for text in failed:
        print("FAILED:", text)
    return bool(failed) or not todo


sys.exit(main())
