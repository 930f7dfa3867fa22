# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# Whatever a source is at: waiting for input, waiting for its command, busy for ever, blocked by a slow stage.
mkfifo input
exec {input}<>input
printf 'one\ntwo\npart' >&"$input"
try() { # NAME SOURCE WORK CONDITION-ON-THE-RUN
  printf '{"stages": [{"name": "give", "source": %s}, {"name": "work", %s, "capacity": 4}, {"name": "save", "sink": {"lines": "%s.txt"}}]}' "$2" "$3" "$1" >"$1.json"
  "$POOLTOP" run "$1.json" --plain >"$1.out" 2>"$1.err" <&"$input" &
  local front=$! status=0
  until_true 20 status_is "$1" "$4"
  expect 0 pooltop stop "$1"
  wait "$front" || status=$?
  same "$1: exit status" "$status" 130
  same "$1: done" "$(status_of "$1" "s['items']['done'] == s['stages'][0]['out'] and s['items']['failed'] == 0")" True
  same "$1: lines" "$(wc -l <"$1.txt")" "$(status_of "$1" "s['items']['done']")"
}
try input '{"lines": "-"}' '"op": "identity"' 's["items"]["done"] == 2'
try command '{"command": ["sh", "-c", "seq 5; trap \"\" TERM; sleep 1000 & sleep 1000"]}' '"op": "identity"' 's["items"]["done"] == 5'
try endless '{"range": [0, 9000000000000000000]}' '"op": "identity"' 's["items"]["done"] > 10000'
try blocked '{"range": [0, 9000000000000000000]}' '"op": "sleep", "args": {"seconds": 0.1}' 'any(w["state"] == "blocked" for w in s["workers"])'
