# SPDX-License-Identifier: MIT
"""A run with everything that can go wrong on the way of an item, fan-out, fan-in, one to many, dropped, retried and failed
items, and its checker, which reads the source, the files and the list of failed items alone."""
import copy
import json
import os
import re
import subprocess

MAY_PASS = "^[0-9]+[.][^2]"  # of a line; what is behind that is not looked at, however long it is

CONFIG = {
    # A worker that a test kills is no worker that keeps dying.
    "defaults": {"crash_retries": 1000, "max_restarts": {"count": 100000, "within": "1s"}},
    "stages": [
        {"name": "texts", "source": {"lines": "texts", "delimiter": "\0"}},
        {"name": "parts", "op": "split_lines", "workers": 2},
        {"name": "slow", "op": "sleep", "args": {"min": 0, "max": 0.004}, "from": ["parts"], "workers": 3, "capacity": 64},
        {"name": "some", "op": "match", "args": {"regex": MAY_PASS}, "from": ["slow"]},
        {"name": "weak", "op": "fail", "args": {"every": 40}, "from": ["some"], "workers": 2},
        {"name": "kept", "sink": {"jsonl": "kept.jsonl"}, "from": ["weak", "again"]},
        {"name": "again", "op": "fail", "args": {"every": 30}, "from": ["parts"], "retries": 3, "backoff": "10ms"},
        {"name": "all", "sink": {"lines": "all.txt"}, "ordered": True, "from": ["slow"]}]}


PIPED_BYTES = 2_000_000  # more than wait between two processes


def write(items, piped=False, durability="process"):
    """storm.json, and its source of so many items: the i-th has i % 4 lines. Piped: they come by standard input,
    are PIPED_BYTES however few, and wait in short queues, so that the first are complete before the last are read; and
    none fails for good."""
    dashes = "-" * (PIPED_BYTES * 2 // (3 * items) if piped else 0)
    with open("texts", "w") as out:
        for i in range(items):
            out.write("\n".join(f"{i}.{part}" + dashes for part in range(i % 4)) + "\0")
    config = dict(copy.deepcopy(CONFIG), durability=durability)
    if piped:
        config["stages"][0]["source"]["lines"] = "-"
        for stage in config["stages"][1:]:
            stage["capacity"] = 16
            if stage.get("op") == "fail":
                stage.update(retries=1000, backoff="1ms")
    with open("storm.json", "w") as out:
        json.dump(config, out)


def run(pooltop, piped=False, resume=True, **environment):
    """`piped`: what write() made for it comes by a small pipe, else there is no standard input."""
    feeder = subprocess.Popen(["cat", "texts"], stdout=subprocess.PIPE, pipesize=4096) if piped else None
    with open("front.err", "ab") as err:
        front = subprocess.Popen([pooltop, "run", "storm.json", "--plain"] + ["--resume"] * resume,
                                 stdin=feeder.stdout if feeder else subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=err, env=dict(os.environ, **environment))
    if feeder:
        feeder.stdout.close()
    return front


def wrong(pooltop, status):
    """What is not as it would be after a run that nobody disturbed; `status` is the last one's exit status."""
    try:
        return differences(pooltop, status)
    except (OSError, ValueError, LookupError, subprocess.CalledProcessError) as error:
        return [f"exit {status}, and what it wrote cannot be checked: {error!r}"]


def differences(pooltop, status):
    expected = []
    with open("texts") as texts:
        for text in texts.read().split("\0")[:-1]:
            expected.append(text.split("\n") if text else [])
    in_order = "".join(line + "\n" for lines in expected for line in lines)
    found_wrong = []
    with open("all.txt") as everything:
        got = everything.read()
    if got != in_order:
        found_wrong.append(f"all.txt differs: {len(got)} bytes, not {len(in_order)}")

    def passes(line):
        return re.search(MAY_PASS, line) is not None

    places = {}
    with open("kept.jsonl") as kept:
        for line in kept:
            item = json.loads(line)
            places.setdefault(item["id"], []).append(("kept", item["value"]))
    failed = 0
    listing = subprocess.run([pooltop, "failed", "storm", "--json"], stdout=subprocess.PIPE, check=True).stdout
    for line in listing.decode().splitlines():
        item = json.loads(line)
        failed += 1
        places.setdefault(item["id"], []).append(("failed", item["item"]))
    for item_id, found in places.items():
        if len(found) != 1:
            found_wrong.append(f"item {item_id} is in {len(found)} places: {found}")
    values = sorted(found[0][1] for found in places.values())
    wanted = sorted([line for lines in expected for line in lines if passes(line)] +
                    [line for lines in expected for line in lines])
    if values != wanted:
        found_wrong.append(f"{len(values)} items are somewhere, not {len(wanted)}")
    if status != (1 if failed else 0):
        found_wrong.append(f"exit {status} with {failed} failed items")
    with open(os.environ["XDG_STATE_HOME"] + "/pooltop/runs/storm/report.json") as report:
        items = json.load(report)["items"]
    if items["done"] + items["failed"] != len(expected):
        found_wrong.append(f"the counts do not add up: {items}")
    return found_wrong
