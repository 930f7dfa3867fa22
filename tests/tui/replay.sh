# SPDX-License-Identifier: MIT
# The recording of a run that has ended, in the monitor: it plays, pauses, steps, goes faster and elsewhere, changes
# nothing, and is left at once. Without a recording the report opens in the same views.
. "$(dirname "$0")/_lib.sh"
: >"$DIR/requests"

cat >"$DIR/taped.json" <<EOF
{"name": "taped", "stages": [
  {"name": "items", "source": {"range": [0, 1000]}},
  {"name": "work", "shell": "echo \"warned of \$1\" >&2; [ \$1 != 3 ] || exit 5; timeout 0.1 cat <>$DIR/never; echo \$1", "workers": 2},
  {"name": "save", "sink": {"lines": "$DIR/out"}}]}
EOF
open_terminal 100 30
run_it "$POOLTOP run taped.json --plain >/dev/null 2>&1"
samples() { (. "$DIR/profile" && "$POOLTOP" replay taped --json 2>/dev/null) | wc -l; }
enough() { [ "$(samples)" -ge 5 ]; }
until_true $WAIT_S enough || fail "nothing is recorded"
(. "$DIR/profile" && "$POOLTOP" stop taped --now) >/dev/null 2>&1
wait_for '^status 130'
keys clear Enter

run_it "$POOLTOP replay taped"
wait_for 'taped  RUNNING .* REPLAY 0:00:0[0-9] / 0:00:[0-9]+ x1'
wait_for '>v work .* 2/2 '
wait_for 'z pause'
keys z
wait_for 'REPLAY .* x1 paused'
wait_for 'z play'

# Step by step from the start. A slow machine takes its first sample late: at_sample N is when the N-th was taken.
at_sample() {
  (. "$DIR/profile" && "$POOLTOP" replay taped --json) |
    python3 -c 'import json, sys; s = int([json.loads(l) for l in sys.stdin][int(sys.argv[1])]["status"]["elapsed_s"]); print(f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}")' "$1"
}
keys '{'
wait_for "REPLAY $(at_sample 0) / "
keys . .
wait_for "REPLAY $(at_sample 2) / .* paused"
keys , ,
wait_for "REPLAY $(at_sample 0) / .* paused"
keys '>' '>'
wait_for 'x4 paused'
keys '<' '<' '<'
wait_for 'x1/2 paused'

# What happened, and what was written, up to here and no further.
keys ']'
wait_for 'STOPPED exit 130'
keys @
wait_for 'What happened up to here'
wait_for 'failed in work #3 pid [0-9]+: exited with 5'
keys Escape
keys '{'
wait_for 'taped  (RUNNING|STARTING)'
keys @
wait_for 'What happened up to here'
wait_gone 'failed in work'
keys Escape
keys '}' ,
wait_for 'taped  (RUNNING|DRAINING|STOPPING) .* paused'
keys Enter
wait_for '^> +[0-9]+ '
wait_for 'Output of [0-9]+ \(work\)'
wait_for 'err  warned of '

# Nothing is done to a run.
keys K
wait_for 'this is a recording: nothing in it can be changed'
keys '?'
keys PageDown
wait_for 'not in a replay'
keys Escape

# In a small terminal too.
tm resize-window -x 40 -y 10
wait_for 'taped RUNNING .*REPLAY'
tm resize-window -x 100 -y 30
wait_for 'REPLAY 0:00:[0-9]+ / '
keys q
wait_end 0

# Only the report.
rm "$DIR/state/pooltop/runs/taped/samples"
keys clear Enter
run_it "$POOLTOP replay taped"
wait_for 'STOPPED exit 130 .* REPORT, no recording'
wait_for 'Verdict'
keys .
wait_for 'there is no recording of this run'
keys q
wait_end 0
