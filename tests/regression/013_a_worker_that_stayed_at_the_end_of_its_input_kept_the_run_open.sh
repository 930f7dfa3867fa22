# SPDX-License-Identifier: MIT
# The process of a worker that does not end with its input kept the run open for as long as it lived. It has 10 s (or
# the stage's timeout, where that is more), then it is made to end: all its items are answered.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >stays.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}},
            {"name": "stays", "worker": ["sh", "-c", "while read x; do echo $x; done; exec sleep 3600"]},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
expect 0 timeout -k 1 120 "$POOLTOP" run stays.json --plain
same "what it answered" "$(cat saved.txt)" "$(seq 0 2)"
expect 0 pooltop logs stays stays
has out "goes on although its input has ended"
