# SPDX-License-Identifier: MIT
"""The pipelines of storm.py. Each function makes one in the working folder: its stages, and a check of what must be in the
sink's file "out" (and on the list of failed items, whose values the check gets), computed from nothing that the run says."""
import collections
import json
import sys


class Lost(Exception):
    """Something did not hold."""


def calm(stage):
    """However often its workers die, and what they started, no item and no slot is given up."""
    if "source" not in stage and "sink" not in stage:
        stage["retries"] = 1000
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
    """Every item once, in any order, in the file or on the list."""
    def check(failed):
        compare(collections.Counter(read_lines()) + collections.Counter(failed), collections.Counter(wanted))
    wanted = list(wanted)
    return check


def same_order(wanted):
    """Every item once, and in order what is in the file; what may fail are items that differ."""
    def check(failed):
        failed = collections.Counter(failed)
        rest = [item for item in wanted if item not in failed]
        got = read_lines()
        compare(collections.Counter(rest) + failed, collections.Counter(wanted))
        for at, (have, want) in enumerate(zip(got, rest)):
            if have != want:
                raise Lost(f"line {at + 1} is {have[:80]!r}, not {want[:80]!r} ({len(got)} lines of {len(rest)})")
        if len(got) != len(rest):
            raise Lost(f"{len(got)} lines, not {len(rest)}")
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
    stages = [numbers(count), calm({"name": "echo", "command": ["sh", "-c", "sleep 0.02; echo item $1", "sh", "{}"], "workers": 5, "rate": "80/s"}), to_file()]
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

    def check(failed):
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


def steered():
    """For those who steer it: items stay what they are, since one that fails is on the list as it was where it failed."""
    count = 3000
    stages = [numbers(count),
              calm({"name": "nap", "op": "sleep", "args": {"min": 0, "max": 0.002}, "workers": 3, "rate": "900/s"}),
              calm({"name": "same", "op": "identity", "workers": 2}), to_file()]
    return stages, same_items(str(i) for i in range(count))


def steered_in_order():
    stages, _ = steered()
    count = stages[0]["source"]["range"][1]
    stages[-1]["ordered"] = True
    return stages, same_order([str(i) for i in range(count)])


def steered_commands():
    count = 250
    stages = [numbers(count), calm({"name": "echo", "command": ["sh", "-c", "sleep 0.02; echo $1", "sh", "{}"], "workers": 4, "rate": "80/s"}),
              calm({"name": "same", "op": "identity", "workers": 2}), to_file()]
    return stages, same_items(str(i) for i in range(count))


SCENARIOS = [linear, branches, ordered, ordered_branches, commands, one_to_many, lines_worker, json_worker, short_lives, large_items,
             steered, steered_in_order, steered_commands]
# What does the work in the process that a worker has started.
CHILDREN = {"commands": "commands", "steered_commands": "commands", "lines_worker": "lines children", "json_worker": "JSON children"}
# Where a new worker takes long to begin, kills without end would let nothing through.
FEW = {"json_worker": (30, 15)}
