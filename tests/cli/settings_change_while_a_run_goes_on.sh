# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# run_of NAME WORK: a run of 200 items, one stage of work called "work".
run_of() {
  printf '{"stages": [{"name": "in", "source": {"range": [0, %s]}}, {"name": "work", %s},
    {"name": "out", "sink": {"lines": "%s.out"}}]}' "${3:-200}" "$2" "$1" >"$1.json"
  expect 0 pooltop run "$1.json" --detach
}
work='[w for w in s["stages"] if w["name"] == "work"][0]'
# setting KEY: its present value of the stage "work", as JSON.
setting() {
  pooltop set --json | python3 -c "import json, sys
print(json.dumps([k['value'] for s in json.load(sys.stdin)['stages'] if s['stage'] == 'work' for k in s['settings'] if k['key'] == '$1'][0]))"
}
setting_is() { [ "$(setting "$1")" = "$2" ]; }

# A shorter timeout counts for the item in work.
run_of slow '"op": "sleep", "args": {"seconds": "1h"}' 1
until_true 20 status_is slow "$work['busy'] == 1"
expect 0 pooltop set work.timeout=200ms
has err 'slow: work.timeout is 200ms, was none'
expect 1 pooltop wait slow
has "$XDG_STATE_HOME/pooltop/runs/slow/events.jsonl" '"kind":"set","stage":"work","pid":null,"item_id":null,"text":"timeout 200ms, was none"'

# Fewer retries count at the next failure.
run_of bad '"command": ["false", "{}"], "retries": 1000, "backoff": {"first": "20ms", "max": "20ms"}' 1
until_true 20 status_is bad "$work['retried'] > 1"
expect 0 pooltop set work.retries=0
expect 1 pooltop wait bad
same "one failed item" "$(pooltop failed bad --json | wc -l)" 1

# A rate holds at once, for what was sent ahead to workers too; without it all goes on.
run_of fast '"op": "sleep", "args": {"seconds": "1ms"}, "workers": 2' 1000000
until_true 20 status_is fast "$work['out'] > 100"
expect 0 pooltop set work.rate=1/h
until_true 20 status_is fast "$work['queue']['in_flight'] == 0 and $work['queue']['depth'] > 0"
held=$(status_of fast "$work['out']")
expect 0 pooltop set work.rate=none work.workers=4
has err 'work.rate is none, was 1/h'
until_true 20 status_is fast "$work['out'] > $held + 100 and $work['workers'] == 4"
expect 0 pooltop scale work 3
until_true 10 setting_is workers 3

# A worker that has had its items by the new number is replaced, an idle one too; a larger number lets it go on.
expect 0 pooltop set work.max_items_per_worker=5
pids='sorted(w["pid"] for w in s["workers"] if w["stage"] == "work" and w["pid"])'
before=$(status_of fast "$pids")
until_true 20 status_is fast "not set($pids) & set($before)"
expect 0 pooltop set work.max_items_per_worker=null work.capacity=7 work.crash_retries=0
until_true 20 status_is fast "$work['queue']['capacity'] == 7 and $work['queue']['depth'] <= 7"

# What is wrong is said as the config says it, and then nothing is done.
expect 2 pooltop set work.workers=4 work.timeout=soon
has err 'work.timeout: must be null or a duration above 0: "500ms", "5s", "2m", "1h" or seconds, got "soon"'
setting_is workers 3 || complain "half of a refused request was done: $(setting workers)"
expect 2 pooltop set work.retires=1
has err 'did you mean "retries"?'
expect 2 pooltop set work.command=x
has err 'cannot be changed while it runs'
expect 2 pooltop set out.timeout=1
has err 'does not fit a stage of kind "sink"'
expect 4 pooltop set nosuch.timeout=1
expect 2 pooltop set work=1
expect 2 pooltop set --drop work.workers=1
expect 4 pooltop set nosuch work.workers=1

# The list marks what was changed; --drop puts it back.
expect 0 pooltop set
grep -Eq '^work +workers +3 +2  changed$' out || complain "no mark at workers: $(cat out)"
grep -Eq '^ +timeout +none +none$' out || complain "a mark at timeout: $(cat out)"
has err '3 settings changed, not in the config: pooltop set fast --diff'
expect 0 pooltop set fast --drop
until_true 10 setting_is workers 2
setting_is capacity 1024 || complain "capacity was not dropped: $(setting capacity)"
expect 0 pooltop set
lacks out changed
expect 0 pooltop set --drop
has err 'no setting was changed'
expect 0 pooltop stop fast --now
expect 130 pooltop wait fast

# A stage that has ended cannot be changed.
printf '{"stages": [{"name": "in", "source": {"range": [0, 3]}}, {"name": "work", "op": "identity"},
  {"name": "late", "op": "sleep", "args": {"seconds": "1h"}}, {"name": "out", "sink": {"discard": true}}]}' >late.json
expect 0 pooltop run late.json --detach
until_true 20 status_is late "$work['state'] == 'done'"
expect 2 pooltop set work.workers=2
has err 'stage work has ended'
expect 0 pooltop stop --now
expect 130 pooltop wait late
