# SPDX-License-Identifier: MIT
# What a source reads that cannot be read again is kept on a disk that gets full: it waits, says why, and goes on when
# there is room. (Where this user may mount a disk.)
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkdir disk
mount -t tmpfs -o size=300k,mode=700 tmpfs disk 2>/dev/null || exit 0
trap 'umount -l disk; finish' EXIT
export XDG_STATE_HOME=$here/disk
cat >full.json <<'JSON'
{"stages": [{"name": "come", "source": {"lines": "-"}},
            {"name": "work", "shell": "[ -e go ] || exec sleep 1000; echo \"$1\"", "output": "lines", "crash_retries": 100},
            {"name": "save", "sink": {"lines": "saved"}, "ordered": true}]}
JSON
lines() { python3 -c 'for i in range(600): print(f"{i:01000}")'; }
full() { status_is full 'any("No space left" in p["text"] and p["stage"] == "come" for p in s["problems"])'; }

lines | "$POOLTOP" run full.json --plain >out 2>err &
front=$!
until_true 30 full
status_is full 's["state"] == "running" and s["items"]["failed"] == 0' || complain "it does not wait"
mount -o remount,size=30m disk
until_true 30 test -e "$XDG_STATE_HOME/pooltop/runs/full/spool/come.end"
if full; then complain "it is still told as full"; fi
kill -KILL "$(status_of full 's["pid"]')"
wait "$front"
same "exit" "$?" 3
has err "spool/come"
has err "No space left on device; tried again every second"
until_true 20 none_left
touch go
expect 0 pooltop run full.json --resume --plain
lines | cmp - saved || complain "the file is not what was read"
