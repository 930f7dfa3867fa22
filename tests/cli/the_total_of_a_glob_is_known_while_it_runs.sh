# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkdir files && touch files/{1..1000}
cat >glob.json <<'JSON'
{"stages": [{"name": "files", "source": {"glob": "files/*"}},
            {"name": "slow", "op": "sleep", "args": {"seconds": 0.2}, "capacity": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run glob.json --detach
until_true 20 status_is glob 's["items"]["total"] == 1000 and s["items"]["done"] < 1000'
until_true 20 status_is glob 's["eta_s"] is not None and s["state"] == "running"'
expect 0 pooltop stop glob --now
expect 130 pooltop wait glob

# A sentinel may end it sooner.
expect 0 pooltop run glob.json --detach --set 'files.source.sentinel="files/none"'
until_true 20 status_is glob 's["items"]["done"] > 0 and s["items"]["total"] is None'
expect 0 pooltop stop glob --now
