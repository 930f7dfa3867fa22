#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the monitor costs, beside htop on the same processes in the same run: figures of a shared machine mean little,
ratios taken in the same minute do. Each program gets a pty of its own; CPU time is the kernel's (schedstat), so that
busy neighbours lengthen waits but not costs. Prints a table in Markdown; docs/performance.md holds the last one.

  bench_monitor [ROUNDS]     default 5; pooltop is the program two folders up, or $POOLTOP
  bench_monitor --quick      one round of everything, to try it out

Exits with 1 if a goal is missed by more than 20 %."""
import contextlib
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
POOLTOP = os.path.abspath(os.environ.get("POOLTOP", os.path.join(HERE, "..", "..", "pooltop")))
SIZES = {"80x24": (24, 80), "120x40": (40, 120), "200x60": (60, 200)}
FRAME_END = b"\x1b[?2026l"
QUIET = 0.015  # a burst has ended when nothing came for so long
SPARE = 1.2    # goals may be missed by a fifth


def cpu_seconds(pid):
    """Processor time of a process without its children; 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        return 0.0


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


class Screen:
    """A program on a terminal of its own: what it writes, when, and what it costs."""

    def __init__(self, argv, size, environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZES[size], 0, 0))
        self.started = time.monotonic()
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=environment,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        os.set_blocking(self.master, False)

    def read(self, seconds):
        """What comes within that time, b"" if nothing does."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return b""
        try:
            return os.read(self.master, 1 << 16)
        except OSError:
            return b""

    def burst(self, seconds):
        """The next burst of output and the time of its last byte; (b"", None) if none begins within `seconds`."""
        text = self.read(seconds)
        if not text:
            return b"", None
        last = time.monotonic()
        while more := self.read(QUIET):
            text += more
            last = time.monotonic()
        return text, last

    def drain(self, seconds):
        end = time.monotonic() + seconds
        text = b""
        while (left := end - time.monotonic()) > 0:
            text += self.read(left)
        return text

    def press(self, keys):
        os.write(self.master, keys)

    def pids(self):
        """It and what it started to draw for it (the monitor is a child of the command)."""
        return [self.process.pid] + children_of(self.process.pid)

    def close(self, keys=b"q"):
        with contextlib.suppress(OSError):
            self.press(keys)
        for stop in (None, signal.SIGTERM, signal.SIGKILL):
            if stop:
                self.process.send_signal(stop)
            end = time.monotonic() + 3
            while self.process.poll() is None and time.monotonic() < end:
                self.read(0.02)
            if self.process.poll() is not None:
                break
        os.close(self.master)


class Reader:
    """Takes what a screen is sent while something else is done."""

    def __init__(self, screen):
        self.screen = screen
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.read)

    def read(self):
        while not self.done.is_set():
            self.screen.read(0.1)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


class Run:
    """A detached run whose workers sleep for random times: every row of the monitor changes all the time."""

    def __init__(self, workers, home, op="sleep", least="50ms", most="2s"):
        self.name = f"bench-{op}-{least}-{workers}"
        self.environment = dict(os.environ, XDG_STATE_HOME=home, XDG_RUNTIME_DIR=home, TERM="xterm-256color",
                                LANG="C.UTF-8", LC_ALL="C.UTF-8", XDG_CONFIG_HOME=home)
        self.fifo = os.path.join(home, f"{self.name}.fifo")
        os.mkfifo(self.fifo)
        talk = f"read word < {self.fifo}; seq 1 10500"
        config = {"name": self.name, "stages": [
            {"name": "numbers", "source": {"range": [0, 1_000_000_000]}},
            {"name": "work", "op": op, "args": {"min": least, "max": most} if op == "sleep" else {}, "workers": workers},
            {"name": "end", "sink": {"discard": True}},
            {"name": "word", "source": {"items": ["x"]}},
            {"name": "talk", "command": ["sh", "-c", talk + " >&2"], "from": "word", "workers": 1},
            {"name": "silent", "sink": {"discard": True}, "from": "talk"}]}
        path = os.path.join(home, f"{self.name}.json")
        with open(path, "w") as out:
            json.dump(config, out)
        self.pooltop("run", "--detach", path)
        self.wait_until_all_work(workers)

    def pooltop(self, *arguments):
        done = subprocess.run([POOLTOP, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"pooltop {' '.join(arguments)} failed ({done.returncode}): {done.stderr}")
        return done.stdout

    def status(self):
        return json.loads(self.pooltop("status", self.name, "--json"))

    def wait_until_all_work(self, workers):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            status = self.status()
            if len(status["workers"]) >= workers and status["items"]["done"] >= workers:
                self.engine = status["pid"]
                return
            time.sleep(0.2)
        sys.exit(f"{self.name}: the workers do not start")

    def talk(self):
        with open(self.fifo, "w") as out:
            out.write("go\n")

    def stop(self):
        self.pooltop("stop", self.name, "--now")
        subprocess.run([POOLTOP, "wait", self.name], env=self.environment, stdin=subprocess.DEVNULL,
                       capture_output=True)

    def monitor(self, size="120x40"):
        screen = Screen([POOLTOP, "attach", self.name], size, self.environment)
        screen.first = first_screen(screen, lambda text: b"detach" in text and FRAME_END in text.rpartition(b"detach")[2])
        return screen

    def htop(self, size="120x40"):
        screen = Screen(["htop", "-d", "2"], size, self.environment)
        screen.first = first_screen(screen, lambda text: b"Quit" in text)
        return screen


def first_screen(screen, is_whole):
    """Milliseconds from exec to the last byte of the first screen that has everything."""
    text = b""
    while time.monotonic() - screen.started < 10:
        piece = screen.read(1)
        text += piece
        last = time.monotonic()
        if piece and is_whole(text):
            more, end = screen.burst(QUIET)
            return ((end or last) - screen.started) * 1000
    sys.exit("no first screen: " + repr(text[-400:]))


def measure_first(open_screen, rounds):
    times = []
    for _ in range(rounds):
        screen = open_screen()
        times.append(screen.first)
        screen.close()
    return times


def measure_keys(screen, presses):
    """Milliseconds from a key to the last byte of what it painted; keys come at any point of the refresh."""
    times = []
    keys = [b"j"] * 12 + [b"k"] * 12
    for i in range(presses):
        screen.drain(random.uniform(0.05, 0.25))
        pressed = time.monotonic()
        screen.press(keys[i % len(keys)])
        text, last = screen.burst(2)
        if last:
            times.append((last - pressed) * 1000)
    return times


class Grid:
    """The characters on a screen, from what ncurses sends to an xterm."""
    PIECE = re.compile(rb"\x1b\[([?\d;]*)([A-Za-z@`])|\x1b[()].|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[^\[\](]|([\b\r\n])|([^\x1b\b\r\n]+)")

    def __init__(self, screen, size):
        """Of a screen that is asked to paint itself anew."""
        self.screen = screen
        screen.press(b"\x0c")
        self.rows, self.cols = SIZES[size]
        self.lines = [[" "] * self.cols for _ in range(self.rows)]
        self.row = self.col = 0
        self.rest = b""

    def feed(self, data):
        data = self.rest + data
        cut = re.search(rb"\x1b(\[[?\d;]*|[()]|\][^\x07\x1b]*)?$", data)  # a sequence whose rest is to come
        tail = data[cut.start():] if cut else b""
        data = data[:len(data) - len(tail)]
        end = 0
        for piece in self.PIECE.finditer(data):
            if piece.end() == len(data) and piece[4] and not piece[4].isascii():
                break  # a character may be cut off
            end = piece.end()
            if piece[2]:
                self.command(piece[2], [int(n) for n in piece[1].strip(b"?").split(b";") if n])
            elif piece[3] == b"\b":
                self.col = max(self.col - 1, 0)
            elif piece[3] == b"\r":
                self.col = 0
            elif piece[3] == b"\n":
                self.row = min(self.row + 1, self.rows - 1)
            elif piece[4]:
                for character in piece[4].decode("utf-8", "replace"):
                    self.put(character)
        self.rest = data[end:] + tail

    def put(self, character):
        if self.col < self.cols:
            self.lines[self.row][self.col] = self.last = character
        self.col += 1

    def command(self, name, numbers):
        n = numbers[0] if numbers else 1
        line = self.lines[self.row]
        if name == b"H":
            self.row, self.col = n - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif name == b"d":
            self.row = n - 1
        elif name in b"G`":
            self.col = n - 1
        elif name in b"ABCD":
            step = {b"A": (-1, 0), b"B": (1, 0), b"C": (0, 1), b"D": (0, -1)}[name]
            self.row, self.col = self.row + n * step[0], self.col + n * step[1]
        elif name == b"b":
            for _ in range(n):
                self.put(self.last)
        elif name == b"X":
            line[self.col:self.col + n] = [" "] * len(line[self.col:self.col + n])
        elif name == b"P":
            self.lines[self.row] = line[:self.col] + line[self.col + n:] + [" "] * n
        elif name == b"@":
            self.lines[self.row] = (line[:self.col] + [" "] * n + line[self.col:])[:self.cols]
        elif name == b"K":
            first, last = {0: (self.col, self.cols), 1: (0, self.col + 1)}.get(numbers[0] if numbers else 0, (0, self.cols))
            line[first:last] = [" "] * (last - first)
        elif name == b"J":
            line[self.col:] = [" "] * (self.cols - self.col)
            for below in self.lines[self.row + 1:]:
                below[:] = [" "] * self.cols

    def text(self):
        return "\n".join("".join(line) for line in self.lines)


def press_and_await(grid, key, *texts):
    """Milliseconds from a key until each of these texts stands on the screen."""
    pressed = time.monotonic()
    grid.screen.press(key)
    times = {}
    while len(times) < len(texts):
        grid.feed(grid.screen.read(1))
        now = (time.monotonic() - pressed) * 1000
        for text in texts:
            if text in grid.text():
                times.setdefault(text, now)
        if texts[-1] in times:  # so quick that it was never seen to be under way
            times = {text: times.get(text, now) for text in texts}
        if now > 10_000:
            sys.exit(f"{texts} were not painted:\n{grid.text()}")
    return [times[text] for text in texts]


def measure_actions(screen, size, times):
    """Milliseconds from a key that acts on a worker to its being shown as under way, and to the engine's answer."""
    grid = Grid(screen, size)
    both = []
    for _ in range(times):
        grid.feed(screen.drain(random.uniform(0.05, 0.25)))
        both.append(press_and_await(grid, b"p", "pausing..", "its item is kept"))
        press_and_await(grid, b"p", "goes on")
    return zip(*both)


def measure_bytes(screen, seconds):
    """Bytes of each burst that comes by itself."""
    sizes = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        text, last = screen.burst(left)
        if last:
            sizes.append(len(text))
    return sizes


def measure_cpu(pids, seconds, screen=None):
    """Percent of a core of each process over that time."""
    before = [cpu_seconds(pid) for pid in pids]
    began = time.monotonic()
    if screen:
        screen.drain(seconds)
    else:
        time.sleep(seconds)
    span = time.monotonic() - began
    return [(cpu_seconds(pid) - start) / span * 100 for pid, start in zip(pids, before)]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


class Table:
    def __init__(self):
        self.missed = []
        print("| what | pooltop | htop -d 2 | ratio | goal |\n|---|---|---|---|---|", flush=True)

    def row(self, what, ours, theirs=None, goal=None, unit="", digits=1):
        ratio = f"{ours / theirs:.3g}" if theirs else "-"
        missed = goal is not None and ours > goal * SPARE
        if missed:
            self.missed.append(what)
        print(f"| {what} | {ours:.{digits}f}{unit}{' **missed**' if missed else ''} | "
              f"{'-' if theirs is None else f'{theirs:.{digits}f}{unit}'} | {ratio} | "
              f"{'-' if goal is None else f'<= {goal:g}{unit}'} |", flush=True)


def with_htop(run, measure):
    if not shutil.which("htop"):
        return None
    screen = run.htop()
    try:
        return measure(screen)
    finally:
        screen.close()


def with_monitor(run, measure, size="120x40", keys=b""):
    screen = run.monitor(size)
    try:
        if keys:
            screen.press(keys)
        screen.drain(1)
        return measure(screen)
    finally:
        screen.close()


def cpu_rows(table, run, workers, rounds, goal, seconds):
    """The monitor's and the engine's share of a core; what the engine does without a monitor is taken off."""
    alone, watched, monitor, htop = [], [], [], []
    for _ in range(rounds):
        alone += measure_cpu([run.engine], seconds)

        def both(screen):
            engine, *ours = measure_cpu([run.engine] + screen.pids(), seconds, screen)
            watched.append(engine)
            monitor.append(sum(ours))

        with_monitor(run, both)
        if shutil.which("htop"):
            htop.append(with_htop(run, lambda s: sum(measure_cpu(s.pids(), seconds, s))))
    theirs = statistics.median(htop) if htop else None
    table.row(f"CPU of the monitor, {workers} workers, 5 Hz", statistics.median(monitor), theirs, goal, " %", 2)
    added = [b - a for a, b in zip(alone, watched)]
    table.row(f"CPU of the engine for one monitor, {workers} workers", statistics.median(added), None,
              2 if workers >= 1000 else None, " %", 2)
    table.row(f"CPU of the engine that nobody watches, {workers} workers", statistics.median(alone), None, None, " %", 2)


def screen_rows(table, run, rounds, presses):
    """First screen, keys, bytes, memory: with the most workers."""
    ours = measure_first(run.monitor, 4 * rounds)
    theirs = measure_first(run.htop, 2 * rounds) if shutil.which("htop") else []
    table.row("exec to first screen, median", statistics.median(ours), statistics.median(theirs) if theirs else None, 50, " ms")
    table.row("exec to first screen, p95", percentile(ours, 0.95), percentile(theirs, 0.95) if theirs else None, 100, " ms")
    ours = with_monitor(run, lambda s: measure_keys(s, presses), keys=b"2")
    theirs = with_htop(run, lambda s: measure_keys(s, presses // 2)) or []
    table.row("key to paint, median", statistics.median(ours), statistics.median(theirs) if theirs else None, 5, " ms", 2)
    table.row("key to paint, p99", percentile(ours, 0.99), percentile(theirs, 0.99) if theirs else None, 30, " ms", 2)
    under_way, answered = with_monitor(run, lambda s: measure_actions(s, "120x40", presses // 3), keys=b"2jjjj")
    table.row("action key to \"pausing..\", p99", percentile(under_way, 0.99), None, 30, " ms", 2)
    table.row("action key to the engine's answer, p99", percentile(answered, 0.99), None, 150, " ms", 2)
    for size, goal in (("80x24", 1.5), ("120x40", 2.5), ("200x60", 4)):
        sizes = with_monitor(run, lambda s: measure_bytes(s, 2 * rounds + 3), size)
        peer = None
        if shutil.which("htop"):
            screen = run.htop(size)
            screen.drain(1)
            peer = statistics.median(measure_bytes(screen, 2 * rounds + 3) or [0]) / 1024
            screen.close()
        table.row(f"bytes per refresh, {size}", statistics.median(sizes) / 1024, peer, goal, " KiB", 2)


def still_row(table, run):
    """A frozen display has nothing to say but its clock, once a second: bytes of the seconds in between."""

    def measure(screen):
        screen.press(b"z")
        screen.drain(1)
        return len(measure_bytes(screen, 4))

    table.row("bursts in 4 s of a frozen display (its clock)", with_monitor(run, measure), None, 5, "", 0)


def memory_row(table, run):
    def measure(screen):
        screen.press(b"\x1b[B" * 6)  # to the stage that talks
        screen.press(b"o")
        screen.drain(1)
        run.talk()
        screen.drain(6)
        return max(resident_mib(pid) for pid in screen.pids())

    theirs = with_htop(run, lambda s: resident_mib(s.process.pid))
    table.row("resident memory, 1000 workers, 10,000 lines of output", with_monitor(run, measure), theirs, 12, " MiB")


def throughput_row(table, rounds, what, run):
    """Items a second with a monitor beside those without, in turn; single pairs differ by more than what is looked for,
    so this row is for reading, not for failing."""
    try:

        def rate(seconds=2):
            before = run.status()
            time.sleep(seconds)
            after = run.status()
            return (after["items"]["done"] - before["items"]["done"]) / (after["elapsed_s"] - before["elapsed_s"])

        def watched():
            screen = run.monitor()
            screen.drain(0.5)
            with Reader(screen):
                result = rate()
            screen.close()
            return result

        lost = [(1 - watched() / rate()) * 100 for _ in range(3 * rounds)]
        table.row(f"throughput lost with a monitor, {what}", statistics.median(lost), None, None, " %")
    finally:
        run.stop()


def main():
    quick = sys.argv[1:] == ["--quick"]
    rounds = 1 if quick else int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = 4 if quick else 8
    if not shutil.which("htop"):
        print("htop is not installed (apt-get install htop): its column stays empty\n")
    table = Table()
    with tempfile.TemporaryDirectory(prefix="pooltop-bench-") as home:
        for workers, goal in ((16, 0.2), (100, None), (1000, 1.5)):
            run = Run(workers, home)
            try:
                cpu_rows(table, run, workers, rounds, goal, seconds)
                if workers == 1000:
                    screen_rows(table, run, rounds, 40 if quick else 300)
                    still_row(table, run)
                    memory_row(table, run)
            finally:
                run.stop()
        throughput_row(table, rounds, "2 workers that do nothing", Run(2, home, op="identity"))
        throughput_row(table, rounds, "1000 workers, 20 ms an item", Run(1000, home, least="20ms", most="20ms"))
    if table.missed:
        sys.exit("missed by more than 20 %: " + "; ".join(table.missed))


if __name__ == "__main__":
    main()
