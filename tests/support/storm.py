#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs pipelines while their workers are killed and stopped by chance, and while users steer them; nothing may be lost,
doubled, stuck or left behind.

    storm.py POOLTOP [--seconds N] [--kills N] [--stops N] [--seed N] [--only NAME]

The scenarios (storm_scenarios.py) run again and again with other seeds, so many side by side as POOLTOP_JOBS says (by default
1), until there were enough kills and stops in all. A worker is a child of the engine with the name "pooltop-worker": sources,
work and sinks alike; where it has started a process, that is killed as well. Ends with 0 if all held; prints the seed of what
did not."""
import argparse
import collections
import itertools
import os
import sys
import time

import side_by_side
import storm_run
from storm_scenarios import SCENARIOS


class Storm:
    """All runs, and what they add up to."""

    def __init__(self, args):
        self.args = args
        self.until = time.monotonic() + args.seconds
        chosen = [number for number, scenario in enumerate(SCENARIOS) if args.only in ("", scenario.__name__)]
        self.order = ((number, seed) for seed in itertools.count(args.seed) for number in chosen)
        self.cycle = len(chosen)
        self.begun = self.runs = self.stops = self.lives = 0
        self.failed = []
        self.deaths, self.killed, self.by_scenario, self.actions = (collections.Counter() for _ in range(4))
        self.left = {}
        self.gap = (0, "", "")

    def enough(self):
        return self.deaths.total() >= self.args.kills and self.stops >= self.args.stops

    def following(self):
        """Each scenario once, and again while there is time and not enough."""
        is_new_round = self.begun > 0 and self.begun % self.cycle == 0
        had_enough = bool(self.failed) or (self.enough() and not self.args.all_the_time)
        if is_new_round and had_enough:
            return None
        if time.monotonic() > self.until and (is_new_round or had_enough or self.args.all_the_time):
            return None
        self.begun += 1
        return (self.args.pooltop, *next(self.order), self.args.each_kills, self.args.each_stops)

    def add(self, result):
        self.runs += 1
        self.stops += result["stops"]
        self.lives += result["lives"]
        for total, what in ((self.deaths, "deaths"), (self.killed, "killed"), (self.actions, "actions")):
            total.update(result[what])
        self.by_scenario[result["kind"]] += result["deaths"].total()
        side_by_side.add_left(self.left, result["left"])
        self.gap = max(self.gap, (result["gap"], result["name"], result["reason"]))
        if result["failed"]:
            self.failed.append(result["failed"])
            print(result["failed"], flush=True)
        print(f"{result['name']}: {result['deaths'].total()} kills, {result['stops']} stops, "
              f"{result['actions'].total()} actions, {result['lives']} lives, {result['seconds']:.1f} s", flush=True)

    def all(self):
        print(f"seed {self.args.seed}", flush=True)
        for result in side_by_side.results(side_by_side.jobs(), storm_run.one_run, self.following):
            self.add(result)

        def in_words(counts):
            return ", ".join(f"{what} {number}" for what, number in counts.most_common())

        print(f"killed: {in_words(self.killed)}; in {in_words(self.by_scenario)}")
        print(f"actions: {in_words(self.actions)}")
        print(f"kills: {in_words(self.deaths)}; stops {self.stops}; runs {self.runs}, lives {self.lives}; longest gap "
              f"{self.gap[0]:.2f} s ({' '.join(self.gap[1:]).strip()}); nothing left after {self.left.get('gone', 0):.2f} s at most")
        side_by_side.tell(part="storm", deaths=self.deaths, killed=self.killed, by_scenario=self.by_scenario, stops=self.stops,
                          actions=self.actions, runs=self.runs, lives=self.lives, gap=self.gap,
                          failed=side_by_side.kinds_of(self.failed), left=self.left)
        return 0 if not self.failed and self.enough() else 1


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
    parser.add_argument("--all-the-time", action="store_true", help="until the seconds are over, however many there were")
    args = parser.parse_args()
    args.pooltop = os.path.abspath(args.pooltop)
    return Storm(args).all()


if __name__ == "__main__":
    sys.exit(main())
