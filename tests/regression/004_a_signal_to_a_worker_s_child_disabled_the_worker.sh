# SPDX-License-Identifier: MIT
# `kill --signal INT` ended the command of an item; the worker lived on, but was taken for killed and got no item more.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >signal.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 6]}},
            {"name": "work", "command": ["sh", "-c", "[ -e begun ] || { >begun; exec sleep 600; }"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run signal.json --detach
until_true 20 test -e begun
until_true 20 status_is signal 'any(w["stage"] == "work" and w["child_pid"] for w in s["workers"])'
expect 0 pooltop kill signal "$(status_of signal '[w["pid"] for w in s["workers"] if w["stage"] == "work"][0]')" --signal INT
expect 0 timeout -k 1 120 "$POOLTOP" wait signal
same "done, failed" "$(status_of signal '[s["items"]["done"], s["items"]["failed"]]')" "[6, 0]"
