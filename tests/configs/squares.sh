# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/squares.json --plain --report report.json

same squares "$(tr '\n' ' ' <squares.txt)" "0 1 4 9 16 25 36 49 64 81 "
# Ten items of a second on three workers are four rounds: 4 s, and far from 10 also on a busy machine.
python3 - <<'PY' || complain "it took $(python3 -c 'import json; print(json.load(open("report.json"))["elapsed_s"])') s"
import json
assert 4 <= json.load(open("report.json"))["elapsed_s"] < 8
PY
