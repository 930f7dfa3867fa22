# SPDX-License-Identifier: MIT
# Nothing that waits looks at the wall clock: while that stands still, many years ago, a timeout ends its item, a retry and
# a restart come, a rate is kept, progress is told, and no item is worked on twice.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >clock.json <<'JSON'
{"defaults": {"backoff": "20ms"}, "stages": [
 {"name": "numbers", "source": {"range": [0, 12]}},
 {"name": "work", "command": ["sh", "-c", "echo $1 >>ran; case $1 in 3) exec sleep 1000 ;; 5) [ -e again ] || { >again; exit 1; } ;; esac; echo $1", "sh", "{}"],
  "timeout": "2s", "retries": 1, "workers": 2, "rate": "20/s"},
 {"name": "die", "op": "identity", "workers": 1},
 {"name": "save", "sink": {"lines": "saved"}}]}
JSON
export POOLTOP_CLOCK=2001-02-03T04:05:06Z
expect 1 timeout -k 5 120 "$POOLTOP" run clock.json --plain --interval 1s
same "times that were told" "$(grep -oE '^[0-9:]+Z ' err | sort -u)" "04:05:06Z "
same "saved" "$(sort -n saved | xargs)" "0 1 2 4 5 6 7 8 9 10 11"
# Nothing ran more often than was told: the one that took too long, and the one that failed once, had a second try.
same "tries" "$(wc -l <ran)" "$(status_of clock '12 + s["stages"][1]["retried"]')"
same "of those two" "$(grep -cx '[35]' ran)" 4
