# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkfifo stuck.fifo
mkdir bin
cat >bin/gdb <<'SH'
#!/bin/sh
echo "[New LWP 1]"
echo "Thread 1 (process $1):"
echo "#0  read () of $*"
SH
chmod +x bin/gdb
cat >two.json <<JSON
{"stages": [{"name": "items", "source": {"items": ["fifo", "spin"]}},
            {"name": "work", "shell": "echo begun \$1 >&2; case \$1 in fifo) read x <$here/stuck.fifo;; spin) while :; do :; done;; esac", "workers": 2, "retries": 1},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run two.json --detach
worker_at() { status_of two "[w['pid'] for w in s['workers'] if w['item'] == '$1'][0]"; }
child_at() { status_of two "[w['child_pid'] for w in s['workers'] if w['item'] == '$1'][0]"; }
verdict_is() {
  pooltop inspect two "$1" --json | python3 -c "import json, sys; i = json.load(sys.stdin); sys.exit(not ($2))"
}
until_true 20 status_is two 'sorted(w["item"] or "" for w in s["workers"] if w["stage"] == "work") == ["fifo", "spin"]'
until_true 20 status_is two 'all(w["child_pid"] for w in s["workers"] if w["stage"] == "work")'
stuck=$(worker_at fifo) spinning=$(worker_at spin)

# The one waits for somebody to open the fifo and uses no processor time, the other has a core.
until_true 20 verdict_is "$stuck" 'i["verdict"]["kind"] == "file" and i["cpu"]["still_s"] > 2'
until_true 20 verdict_is "$spinning" 'i["verdict"]["kind"] in ("runs", "works") and i["cpu"]["percent"] > 5'
expect 0 pooltop inspect "$stuck"
has out "worker $stuck of work, slot"
has out "stuck.fifo"
has out "no CPU for"
has out "0.00 s of CPU"
has out "begun fifo"
lacks out "#0  read"
expect 0 pooltop inspect two "$spinning"
has out "of a core in the last"
has out "begun spin"

# A child's PID names its worker; what the run does not have is refused.
expect 0 pooltop inspect "$(child_at fifo)"
has out "worker $stuck of work"
expect 4 pooltop inspect two 1
has err "no worker of this run has PID 1"
expect 4 pooltop inspect two $$
expect 2 pooltop inspect
expect 2 pooltop inspect two work
expect 2 pooltop inspect two "$stuck" "$spinning"

# The user's own debugger is asked where there is one.
PATH=$here/bin:$PATH expect 0 pooltop inspect "$stuck" --stack
has out "by gdb"
has out "#0  read () of -nx -batch"
lacks out "New LWP"
PATH=/nowhere expect 0 "$POOLTOP" inspect two "$stuck" --stack
has out "gdb is not installed"

# Whoever writes lets it go on: it was stuck, not broken.
exec {other}<>stuck.fifo
echo >&"$other"
until_true 20 status_is two 's["items"]["done"] == 1'
expect 0 pooltop inspect "$stuck"
has out "waits for an item"

expect 0 pooltop kill "$spinning" --item fail
expect 1 pooltop wait
