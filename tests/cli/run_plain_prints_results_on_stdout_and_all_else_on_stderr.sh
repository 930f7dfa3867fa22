# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >double.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 5]}}, {"name": "twice", "op": "double"}]}
JSON

expect 0 pooltop run double.json --plain
same stdout "$(tr '\n' ' ' <out)" "0 2 4 6 8 "
has err "pooltop double: done, 5 of 5"

# Without a terminal --plain need not be said; it is explained in one line.
expect 0 pooltop run double.json
same stdout "$(tr '\n' ' ' <out)" "0 2 4 6 8 "
has err "no monitor: "
has err "double: replaces what the run before left"

expect 0 pooltop run double.json --json-lines --interval 100ms
same stdout "$(tr '\n' ' ' <out)" "0 2 4 6 8 "
grep '^{' err | while IFS= read -r line; do python3 -c 'import json, sys; json.loads(sys.argv[1])' "$line" || complain "no JSON: $line"; done
has err '"event":"ended"'
lacks err "pooltop double"
