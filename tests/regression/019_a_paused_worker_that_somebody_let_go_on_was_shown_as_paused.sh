# SPDX-License-Identifier: MIT
# A worker that was paused, and that somebody else let go on (SIGCONT), was shown as paused while it worked, and its
# item had no timeout.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >goes.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}},
            {"name": "hang", "command": ["sleep", "1000{}"], "timeout": "3s"},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
expect 0 pooltop run goes.json --detach
hang_is() { status_is goes "any(w['stage'] == 'hang' and w['state'] == '$1' for w in s['workers'])"; }
until_true 20 hang_is busy
worker=$(status_of goes '[w["pid"] for w in s["workers"] if w["stage"] == "hang"][0]')
expect 0 pooltop pause goes hang
until_true 20 hang_is paused
kill -CONT "$worker"
until_true 20 status_is goes "all(w['pid'] != $worker or w['state'] != 'paused' for w in s['workers'])"
until_true 20 status_is goes 's["items"]["failed"] == 1'
expect 0 pooltop failed goes
has out "took longer than the timeout"
expect 0 pooltop stop goes --now
