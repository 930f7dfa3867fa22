#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An engine that only talks: serves a recorded status object over the control protocol, for tests of the monitor.

Usage: fake_engine.py HOME STATUS.json

With XDG_STATE_HOME=HOME/state and XDG_RUNTIME_DIR=HOME/run it is a run that is going on. HOME/requests gets every
request, one JSON line each. HOME/commands is a FIFO; a line of it does something:
  set PATH VALUE     changes the status: set stages.1.name "x" (VALUE is JSON); set item.now {}: what "item" gives
  take COUNT         the first items of what "peek" gives are taken
  output TEXT        a line of output that "tail" will give
  setting STAGE KEY VALUE  somebody else changes a setting (VALUE is JSON)
  refuse CODE        the next acting request is refused with that code
  silent             no more status messages;  speak: again
  end STATE EXIT     the run ends: the last status, then the connection closes
  drop               closes the connections, keeps listening
"""
import fcntl
import json
import os
import re
import selectors
import socket
import sys
import time

ACTING = {"pause", "resume", "kill", "restart", "scale", "stop", "fail", "set"}


def failed_item(number, item, status, written):
    attempt = {"pid": 21855, "exit": status, "signal": None, "started_at": "2026-01-31T12:00:41Z", "elapsed_s": 1.1}
    return {"id": number, "stage": "fetch", "item": item, "attempts": [attempt] * 3, "error": f"exited with {status}",
            "stderr": written}


class Settings:
    """What "settings" gives and "set" changes: a few of every stage. A text must be a duration or a rate."""

    def __init__(self, stages, config_file):
        self.config_file = config_file
        self.stages = {stage["name"]: {"workers": stage["workers"], "rate": None, "timeout": None, "retries": 2,
                                       "capacity": 256} for stage in stages}
        self.start = {name: dict(values) for name, values in self.stages.items()}

    def tell(self):
        stages = [{"stage": name, "settings": [
            {"key": key, "value": value, "config": self.start[name][key], "given": value,
             "changed": value != self.start[name][key], "from_set": name == "fetch" and key == "retries"}
            for key, value in values.items()]} for name, values in self.stages.items()]
        changed = sum(one["changed"] for stage in stages for one in stage["settings"])
        return {"config_file": self.config_file, "changed": changed, "stages": stages}

    def change(self, request):
        """The answer, or what is wrong."""
        if request.get("drop"):
            wanted = [(name, key, value) for name, values in self.start.items() for key, value in values.items()]
        else:
            wanted = [(request["stage"], request["key"], request["value"])]
        changes = []
        for stage, key, value in wanted:
            if isinstance(value, str) and not re.fullmatch(r"[0-9.]+(ms|s|m|h|/s|/m|/h)", value):
                return None, f'{stage}.{key}: must be null or a duration above 0: "500ms", "5s" or seconds, got "{value}"'
            if self.stages[stage][key] != value:
                changes.append({"stage": stage, "key": key, "value": value, "before": self.stages[stage][key]})
                self.stages[stage][key] = value
        return {"changes": changes}, None


class Engine:
    def __init__(self, home, status, inspection, item):
        self.status = status
        self.inspection = inspection
        self.item = item
        self.directory = f"{home}/state/pooltop/runs/{status['run']}"
        self.settings = Settings(status["stages"], f"{home}/crawl.json")
        self.take_lock(self.directory)
        self.log = open(f"{home}/requests", "w", buffering=1, encoding="utf-8")
        self.selector = selectors.DefaultSelector()
        self.clients = {}  # socket -> [received bytes, subscribed]
        self.output = []
        self.peek = [{"id": str(3020 + i), "item": f"example.org/b/{i:04}.html", "bytes": 24,
                      "age_s": round(6.2 - 0.1 * i, 1)} for i in range(20)]
        self.peek_depth = 256
        self.failed = [failed_item("2411", "example.org/gone.html", 22, "curl: (22) The requested URL returned error: 404\n"),
                       failed_item("2790", "example.org/\x1b[2Jodd.html", 3, "no such page\n")]
        self.retrying = [{"stage": "fetch", "item_id": "2988", "item": "example.org/slow.bin", "bytes": 20,
                          "now": {"state": "in_work", "attempt": 2, "max_attempts": 3, "elapsed_s": 32.0, "pid": 21872,
                                  "slot": 1},
                          "error": "exit 56", "stderr": "curl: (56) Recv failure: Connection reset\n"}]
        self.refuse = None
        self.silent = False
        self.listener = socket.socket(socket.AF_UNIX)
        os.makedirs(f"{home}/run/pooltop", mode=0o700)
        self.listener.bind(f"{home}/run/pooltop/{status['run']}.sock")
        self.listener.listen(8)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def take_lock(self, directory):
        os.makedirs(directory, mode=0o700)
        self.lock = open(f"{directory}/lock", "w", buffering=1, encoding="utf-8")
        self.lock.write(json.dumps({"pid": os.getpid(), "started_at": self.status["started_at"]}) + "\n")
        fcntl.lockf(self.lock, fcntl.LOCK_EX)

    def send(self, client, message):
        try:
            client.sendall((json.dumps(message) + "\n").encode())
        except OSError:
            self.close(client)

    def close(self, client):
        if client in self.clients:
            del self.clients[client]
            self.selector.unregister(client)
            client.close()

    def accept(self, listener):
        client, _ = listener.accept()
        self.clients[client] = [b"", False]
        self.selector.register(client, selectors.EVENT_READ, self.read)
        self.send(client, {"pooltop": "0.1.0", "protocol": 1, "run": self.status["run"], "pid": os.getpid()})

    def read(self, client):
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self.close(client)
        *lines, self.clients[client][0] = (self.clients[client][0] + data).split(b"\n")
        for line in lines:
            self.handle(client, json.loads(line))

    def handle(self, client, request):
        self.log.write(json.dumps(request) + "\n")
        command = request["command"]
        answer = {"id": request["id"], "ok": True}
        if command == "tail":
            after = int(request.get("cursor", "0"))
            answer["lines"] = self.output[after:]
            answer["cursor"] = str(len(self.output))
        if command == "peek":
            answer.update(stage=request["stage"], depth=self.peek_depth, items=self.peek)
        if command in {"failed", "retrying"} and not request.get("retry"):
            items = self.failed if command == "failed" else self.retrying
            answer.update(total=len(items), items=items[request["offset"]:][:request["limit"]])
        elif command == "failed" and not self.refuse:
            kept = [item for item in self.failed if item["id"] not in request.get("ids", [item["id"]])]
            answer.update(given_back=len(self.failed) - len(kept), kept=0)
            self.failed = kept
        if command == "fail" and not self.refuse:
            for item in [one for one in self.retrying if one["item_id"] in request["ids"]]:
                self.retrying.remove(item)
                self.failed.append(failed_item(item["item_id"], item["item"], 56, item["stderr"]))
            answer.update(failed=1, killed=int(request["kill"]))
        if command == "item" and request["item_id"] == self.item["item_id"]:
            answer.update(self.item)
        elif command == "item":
            answer = {"id": request["id"], "error": {"code": "no_such_target", "message": "nothing is known of it"}}
        if command == "inspect":
            answer.update(self.inspection)
        if command == "settings":
            answer.update(self.settings.tell())
        if command == "set" and not self.refuse:
            done, wrong = self.settings.change(request)
            answer = {"id": request["id"], "error": {"code": "bad_request", "message": wrong}} if wrong else answer | done
        if (command in ACTING or request.get("retry")) and self.refuse:
            answer = {"id": request["id"], "error": {"code": self.refuse, "message": "not today"}}
            self.refuse = None
        self.send(client, answer)
        if command == "subscribe" and client in self.clients:  # else it was gone before it got its answer
            self.clients[client][1] = True
            self.publish()

    def publish(self, event="status"):
        for client, (_, subscribed) in list(self.clients.items()):
            if subscribed:
                self.send(client, {"event": event, "status": self.status})

    def obey(self, line):
        word, _, rest = line.partition(" ")
        if word == "set":
            path, _, value = rest.partition(" ")
            *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
            at = self.item if parents and parents[0] == "item" else self.status
            parents = parents[1:] if at is self.item else parents
            for parent in parents:
                at = at[parent]
            at[last] = json.loads(value)
        elif word == "output":
            self.output.append({"time": "2026-01-31T12:00:43.120Z", "pid": 21901, "stage": "fetch", "slot": 1,
                                "kind": "out", "text": rest})
        elif word == "take":
            self.peek = self.peek[int(rest):]
            self.peek_depth = len(self.peek)
        elif word == "setting":
            stage, key, value = rest.split()
            self.settings.stages[stage][key] = json.loads(value)
        elif word == "refuse":
            self.refuse = rest
        elif word == "silent":
            self.silent = True
        elif word == "speak":
            self.silent = False
        elif word == "drop":
            for client in list(self.clients):
                self.close(client)
        elif word == "end":
            state, code = rest.split()
            self.status.update(state=state, exit_status=int(code), ended_at="2026-01-31T12:01:15Z", workers=[],
                               problems=[], eta_s=None)
            for stage in self.status["stages"]:
                stage.update(state="done", workers=0, busy=0, paused=0)
            with open(f"{self.directory}/report.json", "w", encoding="utf-8") as report:
                json.dump(self.status, report)
            self.publish("ended")
            for client in list(self.clients):
                self.close(client)
            return False
        if not self.silent:
            self.publish()
        return True

    def serve(self, commands):
        fifo = os.open(commands, os.O_RDWR | os.O_NONBLOCK)  # RDWR: no end of file between two writers
        self.selector.register(fifo, selectors.EVENT_READ, None)
        pending = b""
        next_status = time.monotonic()
        while True:
            for key, _ in self.selector.select(max(0, next_status - time.monotonic())):
                if key.fd == fifo:
                    *lines, pending = (pending + os.read(fifo, 65536)).split(b"\n")
                    for line in lines:
                        if not self.obey(line.decode()):
                            return
                else:
                    key.data(key.fileobj)
            if time.monotonic() >= next_status:
                next_status = time.monotonic() + 0.2
                if not self.silent:
                    self.publish()


def main():
    home, status = sys.argv[1:3]
    os.umask(0o077)
    objects = []
    for name in [os.path.basename(status), "inspection.json", "item.json"]:
        with open(os.path.join(os.path.dirname(status), name), encoding="utf-8") as file:
            objects.append(json.load(file))
    engine = Engine(home, *objects)
    os.mkfifo(f"{home}/commands")
    engine.serve(f"{home}/commands")


main()
