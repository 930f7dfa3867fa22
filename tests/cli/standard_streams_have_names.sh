# SPDX-License-Identifier: MIT
# /dev/stdin and /dev/stdout are pooltop's own, not those of the process that reads or writes.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >streams.json <<'JSON'
{"stages": [{"name": "in", "source": {"lines": "/dev/stdin"}}, {"name": "out", "sink": {"lines": "/dev/stdout"}}]}
JSON
same "what came through" "$(seq 1 5 | pooltop run streams.json --plain 2>err)" "$(seq 1 5)"
expect 2 pooltop run streams.json --detach
expect 0 pooltop check streams.json
has out "standard output; each item at least once"

cat >twice.json <<'JSON'
{"stages": [{"name": "in", "source": {"range": [0, 3]}},
            {"name": "a", "from": "in", "sink": {"lines": "-"}},
            {"name": "b", "from": "in", "sink": {"jsonl": "/dev/stdout"}}]}
JSON
expect 2 pooltop check twice.json
has err "standard output is written by stage \"a\" too"
