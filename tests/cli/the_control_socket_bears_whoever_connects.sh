# SPDX-License-Identifier: MIT
# What a stranger can send to the socket of a run that is going on: each is refused with what is wrong and what is
# accepted, no process gets a signal that is not of the run, and the run ends as if nobody had come.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >open.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 40]}},
            {"name": "work", "shell": "until [ -e go ]; do sleep 0.1; done; echo $1", "workers": 2},
            {"name": "save", "sink": {"lines": "saved"}, "ordered": true}]}
JSON
"$POOLTOP" run open.json --plain --interval 60s >out 2>err </dev/null &
front=$!
until_true 20 status_is open 's["stages"][1]["busy"] == 2'
same "the socket's mode" "$(stat -c '%a %F' "$XDG_RUNTIME_DIR/pooltop/open.sock")" "600 socket"

# The run has no socket but those without a name and this one: none of the network, none of an abstract name.
python3 - "$XDG_RUNTIME_DIR/pooltop/open.sock" $(runs_left) <<'PY' || complain "a socket that others may reach"
import os, sys
named = {}
for line in open("/proc/net/unix").read().splitlines()[1:]:
    fields = line.split()
    named[fields[6]] = " ".join(fields[7:])
seen = 0
for process in sys.argv[2:]:
    try:
        for fd in os.listdir(f"/proc/{process}/fd"):
            target = os.readlink(f"/proc/{process}/fd/{fd}")
            if target.startswith("socket:"):
                seen += 1
                name = named.get(target[8:-1])
                if name not in ("", sys.argv[1]):
                    sys.exit(f"{process}: {target}: {name or 'no Unix socket'}")
    except FileNotFoundError:
        pass  # a sleep of the work's has just ended
sys.exit(0 if seen else "no socket was found")
PY

# A process that is not the run's, though this test's own, is not to be hurt; nor is the first of the system.
python3 -c 'import signal; signal.pause()' &
foreign=$!
cat >strangers.py <<'PY'
import json, os, socket, sys, time

path, foreign, engine = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wrong = 0

def check(what, holds, seen=""):
    global wrong
    if not holds:
        wrong += 1
        print(f"FAILED: {what}: {seen!r}", file=sys.stderr)

class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits while others stand before it
        self.socket.settimeout(60)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.read()

    def read(self):
        line = self.lines.readline()
        return json.loads(line) if line else None

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, **request):
        self.send(json.dumps(request).encode() + b"\n")
        return self.read()

client = Client()
check("the greeting", client.greeting.get("protocol") == 1 and client.greeting.get("run") == "open", client.greeting)

def refused(what, request, code, text, ask=lambda request: client.ask(**request)):
    answer = ask(request)
    error = (answer or {}).get("error", {})
    check(what, error.get("code") == code and text in error.get("message", ""), answer)

def raw(data):
    client.send(data + b"\n")
    return client.read()

refused("not JSON", b"rubbish", "bad_request", "byte 1: not JSON; a request is one JSON object on one line", raw)
refused("half a request", b'{"command": "pau', "bad_request", "not JSON", raw)
refused("no UTF-8", b'{"command": "\xff"}', "bad_request", "not JSON", raw)
refused("a list", b"[1]", "bad_request", "a request is a JSON object, got array", raw)
refused("deep", b'{"a":' * 1000 + b"1" + b"}" * 1000, "bad_request", "nested deeper than 8", raw)
refused("unknown command", {"command": "puase"}, "bad_request", 'unknown command "puase"; did you mean "pause"?')
refused("no method of anything", {"command": "supervisor.run"}, "bad_request", "unknown command")
refused("wrong version", {"command": "stop", "protocol": 2}, "bad_request", "/protocol: must be 1, got 2")
refused("a signal that is none of the list", {"command": "kill", "pids": [foreign], "signal": "STOP"}, "bad_request", "KILL, TERM")
for name, pid in (("foreign", foreign), ("first", 1), ("engine's own", engine), ("this", os.getpid())):
    for command in ("kill", "pause", "restart"):
        request = {"command": command, "targets": [pid]} if command != "kill" else {"command": command, "pids": [pid]}
        refused(f"{command} of the {name} PID", request, "no_such_target", str(pid))
    refused(f"inspect of the {name} PID", {"command": "inspect", "pid": pid}, "no_such_target", str(pid))
for pid in (0, -1, 2**31, 2**63, 1.5):
    refused(f"kill of {pid}", {"command": "kill", "pids": [pid]}, "bad_request", "/pids")
refused("scale to 1e9", {"command": "scale", "stage": "work", "workers": 10**9}, "bad_request",
        "scale: /workers: must be a whole number of 1 to 4096, got 1000000000")
refused("scale of an unknown stage", {"command": "scale", "stage": "wrok", "workers": 2}, "no_such_target", 'wrok')
refused("pause of an unknown stage", {"command": "pause", "targets": ["nosuch"]}, "no_such_target", "nosuch")

# Frames: too long, cut, and a client that dies in one.
long = Client()
long.send(b"x" * 65536)
answer = long.read()
check("a frame that is too long", answer and answer["error"]["code"] == "too_large" and "65536" in answer["error"]["message"], answer)
check("is the end of it", long.read() is None)
cut = Client()
cut.send(b'{"command": "stop"')
cut.socket.shutdown(socket.SHUT_WR)
check("a cut frame does nothing", cut.read() is None)
dying = Client()
dying.send(b'{"command": "sto')
dying.socket.close()

# A thousand that come, some after others; then more than there are places.
for _ in range(1000):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)
check("the first is served", client.ask(command="status").get("ok") is True)
crowd, turned_away = [], 0
while not turned_away and len(crowd) < 100:
    crowd.append(Client())
    turned_away += crowd[-1].greeting.get("error", {}).get("code") == "too_many_clients"
check("at most 32 have a place, and the next is told", turned_away == 1 and len(crowd) <= 33, len(crowd))
for one in crowd:
    one.socket.close()

# One that subscribes and never reads, one that asks and never reads. Others are served meanwhile.
sleeper = Client()
deadline = time.monotonic() + 60
while "error" in sleeper.greeting and time.monotonic() < deadline:  # the crowd's places are not free at once
    sleeper = Client()
try:
    sleeper.send(b'{"command": "subscribe", "interval_ms": 50}\n')
    sleeper.send(b'{"command": "status"}\n' * 2000)
    for _ in range(50):
        check("somebody else's status", client.ask(command="status").get("ok") is True)
    while True:  # dropped, for what is unread, or unread for too long
        sleeper.send(b"\n" * 4096)
except (BrokenPipeError, ConnectionResetError):
    pass
except TimeoutError:
    check("who never reads is dropped", False)
check("it goes on", client.ask(command="status").get("ok") is True)
sys.exit(wrong > 0)
PY
timeout 120 python3 strangers.py "$XDG_RUNTIME_DIR/pooltop/open.sock" "$foreign" "$(status_of open 's["pid"]')" || complain "a stranger got what he should not"
kill -0 "$foreign" 2>/dev/null || complain "a process that is not the run's was killed"
kill "$foreign"

# The same by the commands: status 4 for what is not there, 2 for what cannot be meant.
expect 4 pooltop kill open 1
has err "1"
expect 4 pooltop kill open $$
has err "$$"
expect 4 pooltop scale open nosuch 2
has err "nosuch"
expect 2 pooltop scale open work 1000000000
has err 'must be 1 to 4096, got "1000000000"'

# Another user: the directory keeps him out; with that and the socket opened by hand, he is closed without a word.
if [ "$(id -u)" = 0 ]; then
  cat >other.py <<'PY'
import os, socket, sys
client = socket.socket(socket.AF_UNIX)
client.settimeout(60)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
try:
    client.connect(sys.argv[1])
    client.sendall(b'{"command": "stop", "now": true}\n')
    print("answered" if client.recv(1) else "closed")
except PermissionError:
    print("kept out")
except (BrokenPipeError, ConnectionResetError):
    print("closed")
PY
  as_other() { python3 other.py "$XDG_RUNTIME_DIR/pooltop/open.sock"; }
  same "another user" "$(as_other)" "kept out"
  chmod 711 "$here" "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/pooltop"
  same "another user, the socket being his own's alone" "$(as_other)" "kept out"
  chmod 666 "$XDG_RUNTIME_DIR/pooltop/open.sock"
  same "another user, all opened by hand" "$(as_other)" "closed"
  chmod 700 "$XDG_RUNTIME_DIR/pooltop"
else
  echo "left out: another user, whom only root can be"
fi

touch go
wait "$front"
same "exit" "$?" 0
same "saved" "$(xargs <saved)" "$(seq 0 39 | xargs)"
