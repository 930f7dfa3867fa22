# SPDX-License-Identifier: MIT
# Request 13: pipes, /dev/null and TERM=dumb get whole lines without escapes, and the exit status is what it is with a
# screen, and detached.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

pipeline() {
  cat >"$1.json" <<JSON
{"stages": [{"name": "numbers", "source": {"range": [0, 5]}}, {"name": "pick", "shell": "$2"},
            {"name": "save", "sink": {"lines": "$1.txt"}}]}
JSON
}
pipeline good 'echo $1'
pipeline some '[ $1 -ne 3 ] && echo $1'
start_terminal 80 24

is_plain() {
  iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || complain "$1 is not UTF-8"
  ! grep -q $'[\e\r]' "$1" || complain "$1 has escapes: $(cat -v "$1")"
  [ -z "$(tail -c 1 "$1")" ] || complain "$1 does not end with a whole line"
}

for run in good some; do
  wanted=0 && [ "$run" = some ] && wanted=1
  expect $wanted pooltop run "$run.json"
  is_plain "$here/err"
  has "$here/err" "no monitor: "
  expect $wanted pooltop run "$run.json" --plain --json-lines
  is_plain "$here/err"
  python3 -c 'import json, sys; [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]' "$here/err" ||
    complain "not every line is JSON: $(cat "$here/err")"
  expect 0 pooltop run "$run.json" --detach
  expect $wanted pooltop wait "$run"
  type_line "clear; '$POOLTOP' run $run.json --exit; echo with a screen \$?"
  wait_screen "with a screen $wanted"
  type_line "clear; TERM=dumb '$POOLTOP' run $run.json 2>dumb.txt; echo without a screen \$?"
  wait_screen "without a screen $wanted"
  is_plain dumb.txt
  has dumb.txt "no monitor: TERM=dumb cannot move its cursor"
done

# A terminal that is not named, or by a name that nobody knows.
for terminal in "-u TERM:TERM is not set" "TERM=:TERM is not set" "TERM=nosuch:TERM=nosuch is not known here"; do
  type_line "clear; env ${terminal%%:*} '$POOLTOP' run good.json 2>unknown.txt; echo that one \$?"
  wait_screen "that one 0"
  is_plain unknown.txt
  has unknown.txt "no monitor: ${terminal#*:}"
done
