# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >act.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 5000]}},
            {"name": "nap", "op": "sleep", "args": {"seconds": 0.05}, "workers": 2},
            {"name": "save", "sink": {"lines": "saved.txt"}, "ordered": true}]}
JSON
expect 0 pooltop run act.json --detach
until_true 20 status_is act 's["items"]["done"] > 0'
nap_pids='[w["pid"] for w in s["workers"] if w["stage"] == "nap"]'

# Who paused it is known as long as it is so.
"$POOLTOP" pause act nap &
by=$!
expect 0 wait "$by"
until_true 10 status_is act '[w["state"] for w in s["workers"] if w["stage"] == "nap"] == ["paused"] * 2'
same "whose pause it is" "$(status_of act '[s["stages"][1]["paused_by"]] + [w["paused_by"] for w in s["workers"]]')" "[$by, None, $by, $by, None]"
same "since when" "$(status_of act 's["started_at"] <= s["stages"][1]["paused_at"] <= "9"')" True
expect 0 pooltop resume nap
same "nobody's" "$(status_of act '[s["stages"][1]["paused_by"], s["stages"][1]["paused_at"], *{w["paused_by"] for w in s["workers"]}]')" "[None, None, None]"
until_true 10 status_is act 'all(w["state"] != "paused" for w in s["workers"])'

pid=$(status_of act "min($nap_pids)")
expect 0 pooltop pause "$pid"
until_true 10 status_is act "[w['state'] for w in s['workers'] if w['pid'] == $pid] == ['paused']"
expect 0 pooltop kill act "$pid"
until_true 10 status_is act "$pid not in $nap_pids and len($nap_pids) == 2"

pid=$(status_of act "min($nap_pids)")
expect 0 pooltop restart "$pid" --now
until_true 10 status_is act "$pid not in $nap_pids and len($nap_pids) == 2"

# After the item it counts as a restart like one at once.
restarts=$(status_of act 's["stages"][1]["restarts"]')
expect 0 pooltop restart nap
until_true 10 status_is act "s['stages'][1]['restarts'] == $restarts + 2"

expect 0 pooltop scale nap 4
until_true 10 status_is act "len($nap_pids) == 4"
expect 0 pooltop scale act nap 1
until_true 10 status_is act "len($nap_pids) == 1"
expect 0 pooltop scale nap 8

expect 4 pooltop pause act nosuch
expect 4 pooltop kill 1
expect 2 pooltop kill nap
expect 2 pooltop scale nap 5000
expect 2 pooltop scale nap
expect 2 pooltop kill
expect 4 pooltop scale nosuch 2

expect 0 pooltop pause
until_true 10 status_is act 's["state"] == "paused"'
expect 0 pooltop resume
expect 0 pooltop scale nap 24
expect 0 pooltop wait
same "every item once, in order" "$(cat saved.txt)" "$(seq 0 4999)"

# What a source that is read once had not given yet would be lost with its worker.
cat >once.json <<'JSON'
{"stages": [{"name": "give", "source": {"command": ["sh", "-c", "echo 1; sleep 1000"]}}, {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run once.json --detach
until_true 20 status_is once 's["items"]["done"] == 1'
expect 2 pooltop restart give
has err "source give cannot be read again"
expect 0 pooltop stop once
expect 130 pooltop wait once
