#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a terminal is left as: runs a command on a pseudo-terminal, ends it in some way, looks at modes and bytes.

Usage: on_pty.py TEXT WAY COMMAND...

Waits until TEXT is shown, then does WAY, which is one of
  keys KEYS            types them
  monitor SIGNAL       to the process that shows the screen
  front SIGNAL         to the one that was started
Waits for the end. Everything must be as before: the modes of `stty -a`, alternate screen, cursor, mouse, bracketed
paste, cursor keys, colours, character set, title. Prints what is not and exits with 1.
"""
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

DEADLINE_S = 120  # a limit, not a pause
OFF_AT_END = {"1049": "alternate screen", "47": "alternate screen", "1047": "alternate screen", "1": "cursor keys",
              "1000": "mouse", "1002": "mouse", "1003": "mouse", "1006": "mouse", "1015": "mouse", "1004": "focus",
              "2004": "bracketed paste", "2026": "synchronized output"}


def what_is_left(output):
    """Names of what the terminal was told to do and not told to stop."""
    modes = {}
    for numbers, end in re.findall(r"\x1b\[\?([0-9;]+)([hl])", output):
        for number in numbers.split(";"):
            modes[number] = end == "h"
    left = [f"{OFF_AT_END[number]} ({number})" for number, on in modes.items() if on and number in OFF_AT_END]
    if modes.get("25") is False:
        left.append("hidden cursor")
    if output.count("\x1b[22;2t") != output.count("\x1b[23;2t"):
        left.append("title")
    keypads = re.findall(r"\x1b([=>])", output)
    if keypads and keypads[-1] == "=":
        left.append("keypad")
    colors = re.findall(r"\x1b\[([0-9;]*)m", output)
    if colors and colors[-1] not in ("", "0", "39;49"):
        left.append(f"colours {colors[-1]}")
    charsets = re.findall(r"\x1b\(([0-9A-Za-z])", output)
    if charsets and charsets[-1] != "B":
        left.append("line drawing characters")
    return left


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return int(children.read().split()[0])


class Terminal:
    def __init__(self, command):
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        self.shell = os.fork()
        if self.shell == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            # A shell that goes on afterwards, as the user's does.
            os.execvp("bash", ["bash", "-c", '"$@"; echo "ended with $?"; read -r line', "bash", *command])

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"{what} did not come; the terminal got {self.output[-2000:]!r}")
            if select.select([self.master], [], [], 0.05)[0]:
                self.output += os.read(self.master, 65536).decode(errors="replace")

    def do(self, way, what):
        front = child_of(self.shell)
        if way == "keys":
            os.write(self.master, what.encode())
        else:
            os.kill(front if way == "front" else child_of(front), getattr(signal, f"SIG{what}"))

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before and not what_is_left(self.output)


def main():
    text, way, what, *command = sys.argv[1:]
    terminal = Terminal(command)
    terminal.until(lambda: text in terminal.output or "ended with " in terminal.output, f"{text!r}")
    if text not in terminal.output:
        sys.exit(f"it ended before {text!r} was shown: {terminal.output!r}")
    terminal.do(way, what)
    terminal.until(lambda: "ended with " in terminal.output, "the end")
    end = time.monotonic() + DEADLINE_S / 4
    # Where the front was killed, who shows the screen gives it back a moment later.
    terminal.until(lambda: terminal.is_as_before() or time.monotonic() > end, "what was before")
    wrong = what_is_left(terminal.output)
    if termios.tcgetattr(terminal.slave) != terminal.before:
        wrong.append(f"modes {terminal.before} are {termios.tcgetattr(terminal.slave)}")
    os.write(terminal.master, b"\n")
    os.waitpid(terminal.shell, 0)
    if wrong:
        sys.exit("left on: " + ", ".join(wrong))
    print(re.search(r"ended with (\d+)", terminal.output).group(1))


if __name__ == "__main__":
    main()
