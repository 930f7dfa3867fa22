# SPDX-License-Identifier: MIT
"""Kills processes of a run at the points that the sources name (engine/base/kill_point.h), one point after the other, and
goes on with the run each time; then checks it, and what it left behind.

  kill_points.py POOLTOP SEED KILLS SECONDS PREFIX...

With the prefix spool_ the source of the run is standard input: where it had not come to its end, going on is refused,
and the run begins anew.

Every point whose name begins with a PREFIX is hit once at least, and up to KILLS times while SECONDS have not passed; with
a sanitized build a third of them. Every second run, by chance, has "durability": "fsync". So many runs go on side by side
as POOLTOP_JOBS says, by default 1."""
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
import side_by_side

ITEMS = (240, 160, 80)
PIPED_ITEMS = 400
# A journal is compacted when it has grown: who dies there has had records.
WITH_RECORDS = ("journal_half_compacted", "journal_before_rename", "journal_renamed")
PATIENCE = 60  # for a run to come to its end, or to be killed
MOST = 10      # kills in one run: what a run comes to is looked at as often as that


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
            front.wait()
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


def hit(pooltop, point, wanted, piped, seed):
    """Up to so many kills at a point: in a job of side_by_side."""
    chance = random.Random(seed)
    result = {"point": point, "wanted": wanted, "hits": 0, "runs": 0, "failed": [], "left": {}}
    leftovers = side_by_side.Leftovers()
    items = PIPED_ITEMS if piped else chance.choice(ITEMS)
    storm.write(items, piped, durability=chance.choice(("process", "fsync")))
    for every in (chance.choice((1, 2, 3, 5, 9)), 1, 1, 1, 1):  # it may not be passed so often, or by chance not at all
        status, done, losses = storm_of_kills(pooltop, point, every, wanted, piped)
        result["hits"] += done
        result["runs"] += 1
        texts = ["it did not end"] if status is None else storm.wrong(pooltop, status)[:5]
        if status == 0 and os.path.exists(run_dir() + "/spool"):
            texts.append("what it had read is still kept")
        if losses > 0:
            texts.append(f"the journal had lost what was done, {losses} times")
        found = leftovers.look()
        side_by_side.add_left(result["left"], found)
        if side_by_side.left_in_words(found):
            texts.append(f"it left {side_by_side.left_in_words(found)}")
        result["failed"] += [f"{point}:{every}: {text}" for text in texts]
        if done > 0:
            break
        storm.write(PIPED_ITEMS if piped else max(ITEMS), piped)  # perhaps there were too few
    return result


class Plan:
    """Which point is next: first each of them, however slow the machine is; then that with the fewest kills, while there
    is time."""

    def __init__(self, todo, kills, seconds):
        self.kills = kills
        self.until = time.monotonic() + seconds
        self.first = random.sample(todo, len(todo))
        self.hits = dict.fromkeys(todo, 0)
        self.promised = dict.fromkeys(todo, 0)

    def following(self):
        late = time.monotonic() > self.until
        if self.first:
            point, wanted = self.first.pop(), min(self.kills, 1 if late else 2)
        else:
            point = min(self.hits, key=lambda one: self.hits[one] + self.promised[one])
            wanted = min(self.kills - self.hits[point] - self.promised[point], MOST)
            if wanted <= 0 or late:
                return None
        self.promised[point] += wanted
        return point, wanted

    def done(self, result):
        self.promised[result["point"]] -= result["wanted"]
        self.hits[result["point"]] += result["hits"]


def main():
    pooltop, seed, kills, seconds, prefixes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
    random.seed(seed)
    piped = "spool_" in prefixes
    todo = points(prefixes)
    if is_sanitized(pooltop):  # several times slower: some of them, others from another seed
        todo = sorted(random.sample(todo, (len(todo) + 2) // 3))
    plan = Plan(todo, kills, seconds)
    failed, left, runs = [], {}, 0
    begin = time.monotonic()

    def following():
        chosen = plan.following()
        return chosen and (pooltop, *chosen, piped, random.random())

    for result in side_by_side.results(side_by_side.jobs(), hit, following):
        plan.done(result)
        failed += result["failed"]
        runs += result["runs"]
        side_by_side.add_left(left, result["left"])
    failed += [f"{point}: it was never passed" for point, count in plan.hits.items() if count == 0]
    print("seed", seed, "points", len(todo), "kills", sum(plan.hits.values()), "runs", runs,
          f"in {time.monotonic() - begin:.0f} s; nothing left after {left.get('gone', 0):.2f} s at most")
    print(" ".join(f"{point}:{count}" for point, count in plan.hits.items()))
    for text in failed:
        print("FAILED:", text)
    side_by_side.tell(part="points", hits=plan.hits, runs=runs, failed=side_by_side.kinds_of(failed), left=left)
    return bool(failed) or not todo


if __name__ == "__main__":
    sys.exit(main())
