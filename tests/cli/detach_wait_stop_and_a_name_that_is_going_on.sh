# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >bg.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 100000]}},
            {"name": "nap", "op": "sleep", "args": {"seconds": 0.2}, "workers": 2, "capacity": 4}]}
JSON

# The engine holds none of our streams: the command substitution returns though the run goes on.
name=$(pooltop run bg.json --detach </dev/null 2>err)
same "the name on stdout" "$name" bg
expect 0 pooltop ps
has out bg
same "ps --json" "$(pooltop ps --json | python3 -c 'import json, sys; print([(r["run"], r["state"]) for r in json.load(sys.stdin)])')" "[('bg', 'running')]"

expect 2 pooltop run bg.json --detach
pid=$(pooltop ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["pid"])')
grep -qE "^pooltop: run bg is going on: PID $pid, since 20[0-9-]+T[0-9:]+Z$" err || complain "the refusal does not say PID and since when: $(cat err)"

until_true 20 status_is bg 's["items"]["done"] > 2'
expect 0 pooltop stop
expect 130 pooltop wait bg
expect 0 pooltop status bg
has out "stopped"
[ -s "$XDG_STATE_HOME/pooltop/runs/bg/results" ] || complain "a detached run keeps its results"

expect 4 pooltop stop bg
expect 4 pooltop pause
expect 4 pooltop wait nosuch
expect 0 pooltop ps --all
has out bg
expect 2 pooltop clean
has out bg
[ -d "$XDG_STATE_HOME/pooltop/runs/bg" ] || complain "clean without --yes removed it"
expect 0 pooltop clean --yes
[ ! -d "$XDG_STATE_HOME/pooltop/runs/bg" ] || complain "clean --yes left it"

cat >streams.json <<'JSON'
{"stages": [{"name": "in", "source": {"lines": "-"}}, {"name": "out", "sink": {"lines": "-"}}]}
JSON
expect 2 pooltop run streams.json --detach
