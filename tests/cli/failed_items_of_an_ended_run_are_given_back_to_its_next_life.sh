# SPDX-License-Identifier: MIT
# Failed items of a run that has ended are given back, and only they run again.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >weak.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 10]}},
            {"name": "work", "shell": "echo $1 >>weak_ran; [ $(($1 % 4)) != 3 ] || [ -e well ] || exit 9; echo $1"},
            {"name": "save", "sink": {"lines": "weak_out"}}]}
JSON
expect 1 pooltop run weak.json --plain
expect 1 pooltop run weak.json --plain --resume
expect 4 pooltop failed weak --retry work 4
has err "none of these is on the list"
expect 0 pooltop failed weak --retry work 3
has err "failed items given back: 1"
touch well
expect 1 pooltop run weak.json --plain --resume
same "once more" "$(sort -n weak_out | tr '\n' ' ')" "0 1 2 3 4 5 6 8 9 "
same "the list" "$(pooltop failed weak --json | python3 -c 'import json, sys; print([json.loads(line)["id"] for line in sys.stdin])')" "['7']"
expect 0 pooltop failed weak --retry
expect 0 pooltop run weak.json --plain --resume
same "all" "$(sort -n weak_out | tr '\n' ' ')" "0 1 2 3 4 5 6 7 8 9 "
same "only what had failed ran again" "$(sort -n weak_ran | uniq -c | awk '$1 > 1 { print $2 }' | tr '\n' ' ')" "3 7 "
