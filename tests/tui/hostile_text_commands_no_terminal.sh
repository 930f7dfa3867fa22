# SPDX-License-Identifier: MIT
# Items, ids, errors, output and names that hold commands for a terminal: the monitor shows them on its pages, and of the
# bytes that the terminal gets none is such a command.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >hostile.py <<'PY'
import fcntl, json, os, pty, re, select, struct, sys, termios, time

# Each ends in a mark, so that it is known whether it was shown at all.
PAYLOADS = ["\x1b]0;MARK0\x07", "\x1b]52;c;TUFSSw==\x07MARK1", "\x1b]8;;http://x/\x1b\\MARK2", "\x1bPqMARK3\x1b\\", "\x1bcMARK4",
            "\x1b[6nMARK5", "\x1b[21tMARK6", "\u009b2JMARK7", "\u202eMARK8", "\u2066MARK9", "\u200bMARKa", "\u200fMARKb",
            "\x07MARKc", "\x08\x08MARKd", "\x7fMARKe", "\rMARKf", "\x1b_MARKg\x1b\\", "\x0e\x0fMARKh", "a" + "\u0301" * 40 + "MARKi"]
# What no monitor writes. Backspaces, carriage returns, bells and character sets are its own, too: not with a mark behind.
FORBIDDEN = ["\x1b]0;", "\x1b]52", "\x1b]8;", "\x1bPq", "\x1bc", "\x1b[6n", "\x1b[21t", "\x1b_", "\u009b", "\u009d", "\u0090",
             "\u202e", "\u2066", "\u200b", "\u200f", "\x07MARK", "\x08MARK", "\x7f", "\rMARKf", "\x0fMARK", "\u0301" * 5]

config = {"stages": [
    {"name": "items", "source": {"items": PAYLOADS}},
    {"name": "fail", "shell": "printf '%s\\n' \"$1\" >&2; exit 3"},
    {"name": "keep", "from": ["items"], "shell": "printf '%s\\n' \"$1\" >&2; [ -e go ] || read -r x <gate", "workers": 19},
    {"name": "rest", "from": ["fail", "keep"], "sink": {"discard": True}}]}
json.dump(config, open("hostile.json", "w"))
os.mkfifo("gate")

pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 160, 0, 0))
    os.execv(sys.argv[1], [sys.argv[1], "run", "hostile.json"])
output = b""

def until(text, since=0):
    """Reads until it was shown, and then to the end of the frame."""
    global output
    end = time.monotonic() + 60
    while text not in output[since:] or select.select([terminal], [], [], 0.1)[0]:
        if time.monotonic() > end:
            sys.exit(f"{text} was not shown; the last was {output[-1500:]!r}")
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                output += os.read(terminal, 65536)
            except OSError:
                sys.exit(f"it ended: {output[-1500:]!r}")

until(b"RUNNING")
# Workers with their items, failed items, one of them, the output of all.
shown = set()
for key in (b"2", b"4", b"\r", b"\x1b", b"5"):
    since = len(output)
    os.write(terminal, key)
    until(b"MARK", since)
    shown |= set(re.findall(rb"MARK(.)", output[since:]))
text = output.decode("utf-8")  # which must be UTF-8
wrong = [payload for payload in FORBIDDEN if payload in text]
os.kill(pid, 9)
os.waitpid(pid, 0)
if wrong or len(shown) < 15:
    sys.exit(f"the terminal got {wrong!r}; {sorted(shown)} of the payloads were shown")
PY
python3 hostile.py "$POOLTOP" || complain "hostile text reached the terminal, or was not shown"
pooltop stop hostile --now >/dev/null 2>&1
