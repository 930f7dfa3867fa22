# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkdir files && touch files/{1..300}
cat >glob.json <<'JSON'
{"stages": [{"name": "files", "source": {"glob": "files/*"}},
            {"name": "slow", "op": "sleep", "args": {"seconds": 0.2}, "capacity": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run glob.json --detach
until_true 20 status_is glob 's["items"]["total"] == 300 and s["items"]["done"] < 300'

# It stays so when the source gets a new worker.
kill -KILL "$(status_of glob 's["workers"][0]["pid"]')"
until_true 20 status_is glob 's["stages"][0]["restarts"] == 1 and s["items"]["total"] == 300'
until_true 20 status_is glob 's["eta_s"] is not None and s["state"] == "running"'
expect 0 pooltop stop glob --now

# A sentinel may end it sooner.
expect 0 pooltop run glob.json --detach --set 'files.source.sentinel="files/none"'
until_true 20 status_is glob 's["items"]["done"] > 0 and s["items"]["total"] is None'
expect 0 pooltop stop glob --now
