# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/cli/_interrupted.sh"

# Nothing to go on with: it starts.
expect 0 pooltop run steps.json --resume --detach
until_true 30 status_is steps 's["items"]["done"] == 50'
# Nothing moves: the journal has all of it once no record has come for a while.
journaled() { python3 -c 'import os, sys, time; sys.exit(time.time() - os.path.getmtime(sys.argv[1]) < 1)' "$XDG_STATE_HOME/pooltop/runs/steps/journal"; }
expect 2 pooltop run steps.json --resume --plain
grep -qE '^pooltop: run steps is going on: PID [0-9]+, since 20[0-9-]+T[0-9:]+Z$' err || complain "it does not say who goes on: $(cat err)"
until_true 20 journaled
interrupt steps
expect 0 pooltop ps
has out "can be resumed"
same "ps" "$(pooltop ps --json | python3 -c 'import json, sys; print([(r["run"], r["resumable"]) for r in json.load(sys.stdin)])')" "[('steps', True)]"
same "what was written stays" "$(wc -l <saved)" 50

# Refused with what changed, and nothing is touched.
before=$(cat saved)
refused() {
  local wanted=$1
  shift
  expect 2 pooltop run steps.json --resume --plain "$@"
  has err "$wanted"
  has err "nothing was changed"
}
sed 's/"lines": "saved"/"lines": "elsewhere"/' steps.json >other.json
expect 2 pooltop run other.json --name steps --resume --plain
has err 'stage save: its sink was {"lines":"saved","delimiter":"\n","ordered":true}, now it is {"lines":"elsewhere"'
sed 's/"work"/"toil"/' steps.json >other.json
expect 2 pooltop run other.json --name steps --resume --plain
has err "its stages were numbers, work, save, now they are numbers, toil, save"
sed 's/"command": .*"workers": 2/"op": "identity"/' steps.json >other.json
expect 2 pooltop run other.json --name steps --resume --plain
has err "stage work: its kind was command, now it is op"
cp -p numbers kept
echo 100 >>numbers
refused "stage numbers: its file had 290 bytes, now it has 294"
cp -p kept numbers
touch -d '2001-01-01' numbers
refused "stage numbers: its file was written since"
cp -p kept numbers
truncate -s 10 saved
refused "saved has 10 bytes, 140 were written to it: somebody else changed it"
printf '%s\n' "$before" >saved
at=$XDG_STATE_HOME/pooltop/runs/steps/journal
cp "$at" journal
printf 'rubbish' | dd of="$at" bs=1 seek=2 conv=notrunc 2>/dev/null
refused "steps: --resume: $at: is no journal"
sed '1s/journal 1$/journal 2/' journal >"$at"
refused "steps: --resume: $at: has format 2, of a newer pooltop; this one reads up to 1"
# In the middle: where the damage is, and where the next whole record begins. The first line has 18 bytes.
python3 -c 'import sys; data = bytearray(open("journal", "rb").read()); data[24] ^= 0xff; open(sys.argv[1], "wb").write(data)' "$at"
refused "steps: --resume: $at: damaged at byte 18: a whole record follows at byte "
rm "$at" && ln -s "$here/journal" "$at"
refused "steps: --resume: open $at: Too many levels of symbolic links"
rm "$at" && mkfifo "$at"
refused "steps: --resume: $at: is no regular file"
rm "$at"
cp journal "$at"
same "the sink's file" "$(cat saved)" "$before"

# From elsewhere, with other settings: they are named, and it goes on in its own directory to the end.
touch go
mkdir away
(cd away && expect 0 pooltop run ../steps.json --resume --plain --set work.workers=3 --report report.json) || complain "not resumed"
has err "steps: goes on in $here, where it was started"
has err "changed since: work: workers 2 -> 3"
same "all there, in order" "$(cat saved)" "$(seq 0 99)"
same "the report" "$(python3 -c 'import json; r = json.load(open("away/report.json")); print(r["exit_status"], r["items"])' )" \
  "0 {'total': 100, 'done': 100, 'failed': 0, 'in_flight': 0}"
same "what was done was not run again" "$(sort -n ran | uniq -c | awk '$1 > 1 && $2 < 50' | wc -l)" 0

# Of a finished run nothing is done, and its status is told again.
ran=$(wc -l <ran)
expect 0 pooltop run steps.json --resume --plain --set work.workers=3
has err "it has finished; there is nothing to go on with"
has err "100 of 100 items done"
same "nothing ran" "$(wc -l <ran)" "$ran"
expect 0 pooltop ps
lacks out "can be resumed"
# Without --resume it begins anew.
expect 0 pooltop run steps.json --plain
has err "replaces what the run before left"
same "all again" "$(wc -l <ran)" $((ran + 100))
