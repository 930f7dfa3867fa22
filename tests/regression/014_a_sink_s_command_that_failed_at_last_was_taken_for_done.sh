# SPDX-License-Identifier: MIT
# A sink's command that had read all its input and then failed, before it was told that there is no more, was taken for
# done: nobody knows what became of what it had read.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >fails.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 5]}},
            {"name": "save", "sink": {"command": ["sh", "-c", "read x; exit 4"]}}]}
JSON
for round in 1 2 3 4 5; do
  expect 3 pooltop run fails.json --plain
  has err "stage save: "
done
