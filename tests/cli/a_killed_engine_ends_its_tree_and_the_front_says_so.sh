# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >victim.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 1000]}},
            {"name": "nap", "shell": "sleep 60", "workers": 3},
            {"name": "save", "sink": {"discard": true}}]}
JSON
"$POOLTOP" run victim.json --plain >out 2>err </dev/null &
front=$!
until_true 20 status_is victim 's["stages"][1]["busy"] == 3 and all(w["child_pid"] for w in s["workers"] if w["stage"] == "nap")'
kill -KILL "$(status_of victim 's["pid"]')"
wait "$front"
same "exit of run" "$?" 3
has err "killed by SIGKILL"
until_true 10 none_left
[ ! -e "$XDG_RUNTIME_DIR/pooltop/victim.sock" ] || complain "its socket is left"
expect 3 pooltop wait victim
expect 4 pooltop status victim
expect 0 pooltop ps --all
has out interrupted

# A front that is killed costs nothing: the run goes on.
sed -i 's/sleep 60/:/; s/1000/200/' victim.json
"$POOLTOP" run victim.json --plain >out 2>err </dev/null &
front=$!
until_true 20 status_is victim 's["state"] in ("running", "done")'
kill -KILL "$front"
wait "$front" 2>/dev/null
expect 0 pooltop wait victim
same "items done" "$(status_of victim 's["items"]["done"]')" 200
