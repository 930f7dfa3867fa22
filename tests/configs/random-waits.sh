# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/random-waits.json --plain --report report.json --set wait.args.min=0.2 --set wait.args.max=0.9

same items "$(sort -n waited.txt | tr '\n' ' ')" "0 1 2 3 4 5 6 7 8 9 "
# Six at a time, in two rounds of at most 0.9 s.
python3 - <<'PY' || complain "it took too long, or no time"
import json
report = json.load(open("report.json"))
assert 0.4 <= report["elapsed_s"] < 8, report["elapsed_s"]
assert [s["workers"] for s in report["stages"] if s["name"] == "wait"] == [6]
PY
