# SPDX-License-Identifier: MIT
# i says whether a worker is stuck or just slow, S adds the stack of its own code; what is wrong is dealt with from there.
. "$(dirname "$0")/_lib.sh"
mkdir "$DIR/bin"
cat >"$DIR/bin/gdb" <<'SH'
#!/bin/sh
echo "[New LWP 1]"
echo "Thread 1 (LWP 21901):"
echo "#0  __libc_recv (fd=5)"
SH
chmod +x "$DIR/bin/gdb"
start_engine
engine output GET https://example.org/slow.bin
open_terminal 80 24 "PATH=$DIR/bin:$PATH"
attach
wait_for 'crawl  RUNNING'

keys i
wait_for 'no process is selected here'
keys Enter Down
wait_for '^>  21872'
wait_for 'i inspect'
keys i
wait_request '"inspect", "pid": 21872, "started_at": "2026-01-31T12:00:00Z"'
wait_for 'Worker 21872 \(fetch slot 1\): stuck, or just slow\?'
wait_for 'is at +waits for the network: curl 21901 in recv on tcp 93.184.216.34:443'
wait_for '^>  21901 sleeping'
wait_for 'kernel +wait_woken < sk_wait_data'
wait_for 'S stack of its code'

keys S
wait_for 'stack +of 21901 by gdb'
keys Down Down Down Down
wait_for '#0  __libc_recv \(fd=5\)'
lacks 'New LWP' || fail "what gdb says of itself is shown"
wait_for 'GET https://example.org/slow.bin'

# The dialog is about this worker, and its answer goes to it.
keys K
wait_for 'Kill worker 21872'
keys x
wait_request '"fail", "stage": "fetch", "ids": \["2988"\], "kill": true'
wait_for '#2988 of fetch failed for good, its worker is killed'

# It ends: that is said, the last look stays.
engine set workers.2.pid 30000
keys g
wait_for 'It has ended meanwhile'
wait_for 'curl 21901'
keys Escape
wait_gone 'stuck, or just slow'

# The same in the details of the one that has its slot now.
keys Down Enter
wait_for 'Worker 30000  fetch slot 1  1st process of this slot'
wait_for 'time +busy 94%  waiting 5%  blocked 0%  paused 1%       alive 0:01:15'
keys q
wait_end 0
