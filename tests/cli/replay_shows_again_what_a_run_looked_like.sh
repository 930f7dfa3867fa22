# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >short.json <<'JSON'
{"name": "short", "stages": [{"name": "items", "source": {"range": [0, 30]}},
  {"name": "work", "shell": "[ $1 != 7 ] || { echo seven >&2; exit 3; }; echo $1", "workers": 2},
  {"name": "save", "sink": {"discard": true}}]}
JSON
expect 1 pooltop run short.json --plain
has err "how it went: pooltop replay short"
expect 0 pooltop status short
has out "how it went: pooltop replay short"

# Every line is a status as `status --json` gives it, with what happened; the last one is how the run ended.
expect 0 pooltop replay short --json
cp out samples.json
expect 0 pooltop status short --json
python3 - samples.json out <<'PY' || complain "the samples are not those of the run"
import json, sys
samples = [json.loads(line) for line in open(sys.argv[1])]
report = json.load(open(sys.argv[2]))
times = [sample["status"]["elapsed_s"] for sample in samples]
assert times == sorted(times), times
last = samples[-1]["status"]
for key in ("run", "state", "exit_status", "items", "ended_at"):
    assert last[key] == report[key], (key, last[key], report[key])
assert [s["out"] for s in last["stages"]] == [s["out"] for s in report["stages"]]
happened = [event for sample in samples for event in sample["events"]]
assert any(event["kind"] == "failed" and event["item_id"] == "7" and "seven" in event["text"] for event in happened), happened
PY

# Without a terminal there is nothing to play it on.
expect 2 pooltop replay short
has err "replay short --json prints the samples"
expect 4 pooltop replay nobody
has err 'there is no run "nobody"'

# A tail that was being written when the engine was killed: what is whole is shown.
samples=$XDG_STATE_HOME/pooltop/runs/short/samples
same "mode" "$(stat -c %a "$samples")" 600
printf 'S\x40half a sample' >>"$samples"
expect 0 pooltop replay short --json
cmp -s out samples.json || complain "the samples before a torn tail are not all there"
has err "its last 15 bytes are no sample"

# A recording that is none, or of a newer version, is named; the report is shown instead.
printf 'pooltop samples 9\n' >"$samples"
expect 0 pooltop replay short --json
has err "format 9, of a newer pooltop"
same "lines" "$(wc -l <out)" 1
rm "$samples"
expect 0 pooltop replay short --json
has err "there is no recording of it; this is its report"
expect 0 pooltop status short
lacks out "pooltop replay"
rm "$XDG_STATE_HOME/pooltop/runs/short/report.json"
expect 4 pooltop replay short --json
has err "there is no recording of it, and it left no report"

# An engine that is killed leaves its recording; so does one that still goes on.
mkfifo gate
exec 7<>gate
cat >killed.json <<'JSON'
{"name": "killed", "stages": [{"name": "items", "source": {"range": [0, 5]}},
  {"name": "work", "shell": "head -c 1 <gate", "workers": 2}, {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run killed.json --detach
recorded() { pooltop replay killed --json >now && grep -q '"state":"busy"' now; }
until_true 20 recorded
expect 0 pooltop replay killed --json
has err "the run goes on; this is its recording up to now"
kill -9 "$(status_of killed 's["pid"]')"
is_over() { pooltop ps --json >now && python3 -c 'import json; assert not [r for r in json.load(open("now")) if r["run"] == "killed" and r["pid"]]'; }
until_true 20 is_over
expect 0 pooltop replay killed --json
has out '"state":"busy"'
