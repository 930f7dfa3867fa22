# SPDX-License-Identifier: MIT
# A lines worker that printed two lines for each item gave every item but the first the answer of another, and the run
# ended with 0.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >twice.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 6]}},
            {"name": "twice", "worker": ["sh", "-c", "while read x; do echo $x; echo again; done"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 3 pooltop run twice.json --plain
has err "stage twice: process "
has err "said a line that no item asked for"

# A greeting shifts all answers by one: told at the latest when one is left over.
sed 's/while read/echo Hello; while read/; s/echo again/:/; s/"twice"/"greets"/' twice.json >greeting.json
expect 3 pooltop run greeting.json --plain
has err "said a line that no item asked for"
