# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/columns.json --plain

python3 - <<'PY' || complain "the table differs"
import csv
rows = list(csv.reader(open("columns.csv", newline="")))
assert rows == [["a_", "b_", "c_"]] + [[str(n), str(n**2), str(n**3)] for n in range(50)], rows
PY
