# SPDX-License-Identifier: MIT
# A worker that is paused after its item goes on with that: so does the item's time. It was taken for one that stands
# still, and an item that hung stayed in work for ever.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >hangs.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1]}},
            {"name": "hang", "command": ["sleep", "1000{}"], "timeout": "2s"},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
expect 0 pooltop run hangs.json --detach
is_busy() { status_is hangs "any(w['stage'] == 'hang' and w['state'] == 'busy' for w in s['workers'])"; }
until_true 20 is_busy
expect 0 pooltop pause hangs hang --after-item
expect 1 timeout -k 1 120 "$POOLTOP" wait hangs
expect 0 pooltop failed hangs
has out "timeout"
