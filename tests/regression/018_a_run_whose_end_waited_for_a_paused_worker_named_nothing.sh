# SPDX-License-Identifier: MIT
# All items were done, a paused worker could not be told the end: the run stood still, and no problem said why.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >end.json <<'JSON'
{"stages": [{"name": "one", "source": {"range": [0, 1]}},
            {"name": "work", "shell": "until [ -e go ]; do sleep 0.05; done; echo $1", "workers": 2},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run end.json --detach
until_true 20 status_is end '{w["state"] for w in s["workers"] if w["stage"] == "work"} == {"busy", "idle"}'
idle=$(status_of end '[w["pid"] for w in s["workers"] if w["stage"] == "work" and w["state"] == "idle"][0]')
expect 0 pooltop pause end "$idle"
touch go
until_true 20 status_is end 's["items"]["done"] == 1'
until_true 20 status_is end 'any(p["stage"] == "work" and "its end waits for 1 paused worker" in p["text"] for p in s["problems"])'
expect 0 pooltop resume end "$idle"
expect 0 timeout -k 1 120 "$POOLTOP" wait end
