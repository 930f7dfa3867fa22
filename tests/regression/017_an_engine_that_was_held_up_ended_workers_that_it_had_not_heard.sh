# SPDX-License-Identifier: MIT
# An engine that was stopped for longer than the timeout and five seconds more took its workers for dumb when it went
# on, and ended them: it had not read what they had said meanwhile.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >held.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000000000]}},
            {"name": "nap", "op": "sleep", "args": {"min": 0.1, "max": 0.2}, "workers": 4, "timeout": "1s"},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run held.json --detach
has_done() { status_is held "s['items']['done'] > $1"; }
until_true 20 has_done 10
workers() { status_of held 'sorted(w["pid"] for w in s["workers"])'; }
before=$(workers)
engine=$(status_of held 's["pid"]')
begun=$(date +%s)
kill -STOP "$engine"
held_long_enough() { [ "$(($(date +%s) - begun))" -ge 8 ]; }
until_true 60 held_long_enough
kill -CONT "$engine"
done=$(status_of held 's["items"]["done"]')
until_true 20 has_done "$((done + 10))"
same "the workers" "$(workers)" "$before"
expect 0 pooltop stop held --now
