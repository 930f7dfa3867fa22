# SPDX-License-Identifier: MIT
# One of two workers was told to leave, the other died too often and was given up: nobody was left, and nobody said so.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkfifo go
exec {go}<>go
cat >nobody.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 50]}},
            {"name": "work", "command": ["sh", "-c", "read -r line <go; echo {}"], "workers": 2,
             "max_restarts": {"count": 1, "within": "100s"}},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run nobody.json --detach
pid_of() { status_of nobody "([w['pid'] for w in s['workers'] if w['stage'] == 'work' and w['slot'] == $1] + [0])[0]"; }
busy() { status_is nobody "any(w['stage'] == 'work' and w['slot'] == 0 and w['state'] == 'busy' and w['pid'] != ${1:-0} for w in s['workers'])"; }
until_true 20 busy
expect 0 pooltop scale nobody work 1
first=$(pid_of 0)
kill -KILL "$first"
until_true 20 busy "$first"
kill -KILL "$(pid_of 0)"
until_true 20 status_is nobody "not any(w['stage'] == 'work' and w['slot'] == 0 for w in s['workers'])"
echo >&"$go"
expect 3 timeout -k 1 120 "$POOLTOP" wait nobody
