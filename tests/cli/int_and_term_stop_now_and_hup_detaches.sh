# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >slow.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}},
            {"name": "nap", "op": "sleep", "args": {"seconds": 30}, "workers": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
is_busy() { status_is slow 's["state"] == "running" and s["stages"][1]["busy"] == 2'; }

for signal in INT TERM; do
  "$POOLTOP" run slow.json --plain >out 2>err </dev/null &
  front=$!
  until_true 20 is_busy
  kill -"$signal" "$front"
  wait "$front"
  same "exit after $signal" "$?" 130
  has err "stopping now"
  until_true 10 none_left
done
expect 130 pooltop wait slow

"$POOLTOP" run slow.json --plain >out 2>err </dev/null &
front=$!
until_true 20 is_busy
kill -HUP "$front"
wait "$front"
same "exit after HUP" "$?" 0
is_busy || complain "the run does not go on after HUP"
expect 0 pooltop stop slow --now
expect 130 pooltop wait slow
