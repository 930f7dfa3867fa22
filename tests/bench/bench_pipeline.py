#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole runs of pooltop beside what people use today, in one run, in turn: absolute figures of a shared machine mean
little, ratios taken in the same minute do. Prints a table in Markdown; docs/performance.md holds the last one.

  bench_pipeline [ROUNDS]    default 5; pooltop is the program two folders up, or $POOLTOP"""
import itertools
import json
import multiprocessing as mp
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
POOLTOP = os.environ.get("POOLTOP", os.path.join(HERE, "..", "..", "pooltop"))


def pooltop(stages, work, durability="process"):
    """Seconds of a whole run, start and end included."""
    config = os.path.join(work, "bench.json")
    with open(config, "w") as out:
        json.dump({"name": "bench", "durability": durability, "stages": stages}, out)
    environment = dict(os.environ, XDG_STATE_HOME=work, XDG_RUNTIME_DIR=work)
    begin = time.perf_counter()
    end = subprocess.run([POOLTOP, "run", "--plain", config], env=environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if end.returncode != 0:
        sys.exit(f"pooltop run failed ({end.returncode}): {end.stderr}")
    return time.perf_counter() - begin


def lines_file(items, size, work):
    """A file of that many lines of that size; the runs of one size share it."""
    path = os.path.join(work, f"items.{size}")
    if not os.path.exists(path):
        with open(path, "w") as out:
            for number in range(items):
                out.write(str(number).ljust(size) + "\n")
    return path


def items_run(items, size, workers, work, durability="process"):
    source = {"lines": lines_file(items, size, work)} if size else {"range": [0, items]}
    return items / pooltop([{"name": "numbers", "source": source},
                            {"name": "same", "op": "identity", "workers": workers},
                            {"name": "end", "sink": {"discard": True}}], work, durability)


def file_run(items, work, durability):
    """Into an ordered file: the journal also keeps how far that is."""
    return items / pooltop([{"name": "numbers", "source": {"range": [0, items]}},
                            {"name": "same", "op": "identity", "workers": 2},
                            {"name": "end", "sink": {"lines": os.path.join(work, "out.txt")}, "ordered": True}], work,
                           durability)


def queue_source(queue, items, path):
    if path:
        with open(path) as lines:
            for line in itertools.islice(lines, items):
                queue.put(line[:-1])
    else:
        for number in range(items):
            queue.put(str(number))
    queue.put(None)


def queue_identity(inbox, outbox):
    while True:
        item = inbox.get()
        outbox.put(item)
        if item is None:
            return


def queue_sink(queue):
    while queue.get() is not None:
        pass


def queues_run(items, size, work):
    """The same three processes over two multiprocessing.Queues: the first reads the same file."""
    path = os.path.join(work, f"items.{size}") if size else None
    begin = time.perf_counter()
    first, second = mp.Queue(256), mp.Queue(256)
    processes = [mp.Process(target=queue_source, args=(first, items, path)),
                 mp.Process(target=queue_identity, args=(first, second)), mp.Process(target=queue_sink, args=(second,))]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return items / (time.perf_counter() - begin)


def same(item):
    return item


def pool_run(items):
    begin = time.perf_counter()
    with mp.Pool(2) as pool:
        pool.map(same, range(items))
    return items / (time.perf_counter() - begin)


def commands_run(items, work):
    return items / pooltop([{"name": "numbers", "source": {"range": [0, items]}},
                            {"name": "true", "command": ["/bin/true", "{}"], "workers": 2},
                            {"name": "end", "sink": {"discard": True}}], work)


def peer_commands_run(argv, items):
    numbers = "".join(f"{number}\n" for number in range(items))
    begin = time.perf_counter()
    subprocess.run(argv, input=numbers, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return items / (time.perf_counter() - begin)


def engine_rss(items, work):
    """Largest resident memory of the engine, in KiB, over a run of so many items."""
    config = os.path.join(work, "rss.json")
    with open(config, "w") as out:
        json.dump({"name": "rss", "stages": [{"name": "numbers", "source": {"range": [0, items]}},
                                             {"name": "same", "op": "identity"},
                                             {"name": "end", "sink": {"discard": True}}]}, out)
    environment = dict(os.environ, XDG_STATE_HOME=work, XDG_RUNTIME_DIR=work)
    run = subprocess.Popen([POOLTOP, "run", "--plain", config], env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while run.poll() is None:
        status = subprocess.run([POOLTOP, "status", "rss", "--json"], env=environment, capture_output=True, text=True)
        try:
            engine = json.loads(status.stdout)["pid"]
            with open(f"/proc/{engine}/status") as lines:
                fields = dict(line.split(":", 1) for line in lines)
            if fields["Name"].strip().startswith("pooltop"):
                most = max(most, int(fields.get("VmHWM", "0 kB").split()[0]))
        except (ValueError, KeyError, OSError):
            continue
    return most


def compare(rounds, ours, peer):
    """Medians of both and of the ratios, round by round, ours and the peer's in turn."""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    ratios = [a / b for a, b in pairs]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), statistics.median(ratios),
            min(ratios), max(ratios))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="pooltop-bench-") as work:
        print("| what | pooltop /s | peer /s | ratio [least-most] |\n|---|---|---|---|", flush=True)

        def row(what, ours, peer):
            a, b, ratio, least, most = compare(rounds, ours, peer)
            print(f"| {what} | {a:,.0f} | {b:,.0f} | {ratio:.2f} [{least:.2f}-{most:.2f}] |", flush=True)

        def lines_row(what, size, ours, peers):
            row(f"{what} lines, 1 worker / the same", lambda: items_run(ours, size, 1, work),
                lambda: queues_run(peers, size, work))
            os.remove(os.path.join(work, f"items.{size}"))

        row("numbers, 1 worker / two multiprocessing.Queue(256)", lambda: items_run(20_000_000, 0, 1, work),
            lambda: queues_run(100_000, 0, work))
        lines_row("64-byte", 64, 10_000_000, 100_000)
        lines_row("1 KiB", 1024, 1_000_000, 60_000)
        lines_row("64 KiB", 65536, 20_000, 10_000)
        row("numbers, 1 worker / multiprocessing.Pool(2).map, default chunk", lambda: items_run(10_000_000, 0, 1, work),
            lambda: pool_run(2_000_000))
        row("/bin/true, 2 workers, output captured / xargs -P2 -n1", lambda: commands_run(2000, work),
            lambda: peer_commands_run(["xargs", "-P2", "-n1", "/bin/true"], 2000))
        if shutil.which("parallel"):
            row("/bin/true, 2 workers, output captured / GNU parallel -j2", lambda: commands_run(2000, work),
                lambda: peer_commands_run(["parallel", "-j2", "/bin/true"], 300))
        print("\n| what | with the journal /s | without /s | ratio [least-most] |\n|---|---|---|---|", flush=True)
        row("numbers, 1 worker, durability process / none", lambda: items_run(20_000_000, 0, 1, work),
            lambda: items_run(20_000_000, 0, 1, work, "none"))
        row("numbers, 2 workers, into an ordered file, process / none", lambda: file_run(10_000_000, work, "process"),
            lambda: file_run(10_000_000, work, "none"))
        sizes = ", ".join(f"{engine_rss(10 ** power, work)} KiB at 1e{power}" for power in (5, 6, 7, 8))
        print(f"\nThe engine's largest resident memory, by the number of items: {sizes}.")


if __name__ == "__main__":
    main()
