# SPDX-License-Identifier: MIT
# An item whose result was larger than the room downstream ran into its timeout while it only waited to be taken.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >room.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 8]}},
            {"name": "work", "shell": "head -c 3000000 /dev/zero | tr '\\0' 'a'; true $1", "timeout": "2s", "capacity": 4},
            {"name": "save", "sink": {"lines": "held"}, "capacity": 1}]}
JSON
# As long as nobody reads the FIFO nothing is written.
mkfifo held
expect 0 pooltop run room.json --detach
until_true 20 status_is room 'any(w["stage"] == "work" and w["state"] == "blocked" and w["state_since_s"] > 3 for w in s["workers"])'
cat held >read &
expect 0 timeout -k 1 120 "$POOLTOP" wait room
wait $!
same "bytes" "$(stat -c %s read)" 24000008
same "done, failed, restarts" "$(status_of room '[s["items"]["done"], s["items"]["failed"], s["stages"][1]["restarts"]]')" "[8, 0, 0]"
