# SPDX-License-Identifier: MIT
# What an ordered sink may write already counted nowhere: a slow one let the engine's memory grow with its source.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >large.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 400]}},
            {"name": "grow", "shell": "head -c 1000000 /dev/zero | tr '\\0' 'a'; true $1", "workers": 2},
            {"name": "save", "sink": {"command": ["sleep", "1000"]}, "ordered": true, "queue_bytes": "8MB"}]}
JSON
expect 0 pooltop run large.json --detach
until_true 60 status_is large 'any(w["stage"] == "grow" and w["state"] == "blocked" for w in s["workers"])'
same "bytes within bounds" "$(status_of large 's["stages"][2]["queue"]["bytes"] < 14e6')" True
expect 0 pooltop stop large --now
