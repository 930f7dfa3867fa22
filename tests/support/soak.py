# SPDX-License-Identifier: MIT
"""The tests that kill processes and let calls fail, for hours, and one table of all that there was.

  soak.py SOURCE BUILD HOURS

Simulated runs, kill points until each was hit a hundred times (an hour of a soak; two hundred times in two), interrupted runs, calls that
fail, then storms for the rest of the time. What each printed is in BUILD/soak. Exit status 1 if anything did not hold."""
import collections
import glob
import json
import os
import random
import signal
import subprocess
import sys
import time

# Of the time at most; the storms have the rest.
SIMULATION, POINTS, INTERRUPTIONS, FAULTS = 0.08, 0.3, 0.12, 0.16
WANTED = {"native workers": 20000, "commands": 2000, "lines children": 500, "JSON children": 500, "engine": 500, "guardian": 200}
POINT_HITS = 100


class Soak:
    def __init__(self, source, build, hours):
        self.source, self.build, self.hours = source, build, hours
        self.logs = build + "/soak"
        os.makedirs(self.logs, exist_ok=True)
        self.figures = self.logs + "/figures"
        open(self.figures, "w").close()
        self.begin = time.monotonic()
        self.failed = []

    def part(self, script, seconds, **environment):
        """A script of tests/, for so long about; what failed of it is printed."""
        name = os.path.basename(script)[:-len(".sh")]
        print(f"soak: {name}, {seconds:.0f} s", file=sys.stderr, flush=True)
        log = f"{self.logs}/{name}"
        environment.update(POOLTOP=self.build + "/pooltop", POOLTOP_SOURCE=self.source, POOLTOP_BUILD=self.build,
                           POOLTOP_FIGURES=self.figures, POOLTOP_SECONDS=str(int(seconds)),
                           POOLTOP_JOBS=str(2 * os.cpu_count()))
        with open(log, "wb") as out:
            running = subprocess.Popen(["timeout", "-k", "60", str(int(seconds) + 900), "bash", script], stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=subprocess.STDOUT, env=dict(os.environ, **environment))
        try:
            status = running.wait()
        finally:  # also where somebody has had enough: the script ends what it started
            running.terminate()
            running.wait()
        if status != 0:
            self.failed.append(name)
            with open(log, encoding="utf-8", errors="replace") as text:
                sys.stderr.writelines(line for line in text if "FAILED" in line)
            print(f"soak: {name} failed: see {log}", file=sys.stderr, flush=True)

    def simulate(self, seconds):
        """The engine with simulated workers, in two processes: it has one thread."""
        print(f"soak: simulated runs, {seconds:.0f} s", file=sys.stderr, flush=True)
        program = self.build + "/tests/unit_supervisor"
        environment = dict(os.environ, POOLTOP_FIGURES=self.figures, POOLTOP_SECONDS=str(max(int(seconds), 1)))
        log = f"{self.logs}/simulated_runs"
        with open(log, "wb") as out:
            running = [subprocess.Popen([program, "--test-case=*whatever its workers*"], stdin=subprocess.DEVNULL, stdout=out,
                                        stderr=subprocess.STDOUT, env=environment) for _ in range(2)]
        if any([process.wait() != 0 for process in running]):
            self.failed.append("simulated runs")
            print(f"soak: simulated runs failed: see {log}", file=sys.stderr, flush=True)

    def run(self):
        whole = self.hours * 3600

        def scripts(pattern):
            return sorted(glob.glob(f"{self.source}/tests/{pattern}"))

        self.simulate(SIMULATION * whole)
        whole_begin = time.monotonic()
        # The quick ones first: what time they leave, the others have.
        points = sorted(scripts("kill/[!_]*.sh"), key=lambda path: ("source" in path, "engine" in path, "journal" in path))
        for number, script in enumerate(points):
            share = (whole_begin + POINTS * whole - time.monotonic()) / (len(points) - number)
            self.part(script, max(share, 1), POOLTOP_KILLS=str(max(1, round(POINT_HITS * self.hours))))
        self.part(f"{self.source}/tests/cli/an_interrupted_run_goes_on_where_it_was.sh", INTERRUPTIONS * whole)
        faults = scripts("faults/[!_]*.sh")
        for script in faults:
            self.part(script, FAULTS * whole / len(faults))
        rest = self.begin + whole - time.monotonic()
        self.part(f"{self.source}/tests/cli/kills_and_stops_lose_nothing.sh", max(rest, 1),
                  POOLTOP_SEED=str(random.randrange(1, 1000000)))

    def read(self):
        """What the parts told, by part; a part that came to no end told nothing."""
        parts = collections.defaultdict(list)
        with open(self.figures, encoding="utf-8") as lines:
            for line in lines:
                figures = json.loads(line)
                parts[figures["part"]].append(figures)
        return parts


def summed(parts, key):
    total = collections.Counter()
    for figures in parts:
        total.update(figures.get(key, {}))
    return total


def role_of_point(name):
    whose = name.partition("_")[0]
    return {"journal": "engine", "spool": "source", "sink": "worker"}.get(whose, whose)


def in_words(counts):
    return ", ".join(f"{what} {number:,}" for what, number in counts.items()) or "none"


def rows_of_kills(parts):
    """(what, how many, wanted) of what was killed, and how it died."""
    storm, interruptions = parts["storm"], parts["interruptions"]
    killed = summed(storm, "killed") + collections.Counter(
        {"workers, with engine, guardian or alone" if role == "worker" else role: number
         for role, number in summed(interruptions, "kills").items()})
    for what in [*WANTED, *(killed.keys() - WANTED.keys())]:
        yield f"random kills: {what}", f"{killed[what]:,}", f"{WANTED[what]:,}" if what in WANTED else ""
    yield "of these by scenario", in_words(summed(storm, "by_scenario")), ""
    yield "of these by signal", in_words(summed(storm, "deaths") + collections.Counter(
        KILL=summed(interruptions, "kills").total())), ""
    yield "stops (SIGSTOP, SIGCONT)", f"{sum(one['stops'] for one in storm):,}", ""
    actions = summed(storm, "actions")
    yield "control actions", f"{actions.total():,}: {in_words(actions)}", "5,000; 2,000 hard pauses, 300 drains, 300 stop now"


def rows_of_points(parts):
    hits = summed(parts["points"], "hits")
    if not hits:
        return
    roles = collections.Counter()
    for point, number in hits.items():
        roles[role_of_point(point)] += number
    least = min(hits, key=hits.get)
    yield f"kills at {len(hits)} points", f"{hits.total():,}: {in_words(roles)}", ""
    yield "least hits of a point", f"{hits[least]} ({least})", str(POINT_HITS)


def rows_of_ends(parts, failed):
    storm, points, interruptions, faults = (parts[name] for name in ("storm", "points", "interruptions", "faults"))
    runs = {"storms": sum(one["runs"] for one in storm), "their lives": sum(one["lives"] for one in storm),
            "at points": sum(one["runs"] for one in points), "interrupted": sum(one["runs"] for one in interruptions),
            "with calls that fail": sum(one["runs"] for one in faults),
            "simulated": sum(one["runs"] for one in parts["simulation"])}
    yield "runs", in_words(runs), ""
    simulated = parts["simulation"]
    yield "hours simulated", f"{sum(one['hours'] for one in simulated):,.0f} ({sum(one['engines'] for one in simulated):,} engines, " \
        f"{sum(one['workers'] for one in simulated):,} workers, {sum(one['timeouts'] for one in simulated):,} timeouts)", ""
    found = summed([one for name, part in parts.items() if name != "simulation" for one in part], "failed")
    yield "lost, doubled, hung, else wrong", ", ".join(
        str(found[kind]) for kind in ("lost", "doubled", "hung", "other")), "0, 0, 0, 0"
    if storm:
        longest = max(one["gap"] for one in storm)
        yield "longest time without progress, nothing being stopped", f"{longest[0]:.2f} s ({' '.join(longest[1:]).strip()})", \
            "2 s, or a reason named"
    left = collections.Counter()
    gone = 0
    for one in storm + points + interruptions:
        gone = max(gone, one["left"].get("gone", 0))
        left.update({what: number for what, number in one["left"].items() if what != "gone"})
    yield "left behind: " + ", ".join(("processes", "zombies", "sockets", "names in /dev/shm", "temporary files")), ", ".join(
        str(left[what]) for what in ("processes", "zombies", "sockets", "names in /dev/shm", "temporary files")), "0, 0, 0, 0, 0"
    yield "longest from a run's end to nothing left", f"{gone:.2f} s", "1 s"
    yield "parts that failed", ", ".join(failed) or "none", "none"


def main():
    source, build, hours = sys.argv[1], sys.argv[2], float(sys.argv[3])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    soak = Soak(source, build, hours)
    try:
        soak.run()
    except KeyboardInterrupt:
        soak.failed.append("interrupted")
    parts = soak.read()
    print(f"| {(time.monotonic() - soak.begin) / 60:.0f} minutes | there was | wanted |\n|---|---|---|")
    for rows in (rows_of_kills(parts), rows_of_points(parts), rows_of_ends(parts, soak.failed)):
        for what, number, wanted in rows:
            print(f"| {what} | {number} | {wanted} |")
    return bool(soak.failed)


if __name__ == "__main__":
    sys.exit(main())
