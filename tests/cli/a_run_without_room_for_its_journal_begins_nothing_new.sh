# SPDX-License-Identifier: MIT
# Where the user may mount a disk: the journal has no room, then room again.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

mkdir -p "$XDG_STATE_HOME"
mount -t tmpfs -o size=1m tmpfs "$XDG_STATE_HOME" 2>/dev/null || { echo "no disk may be mounted here"; exit 0; }
trap 'touch full room; umount -l "$XDG_STATE_HOME"; finish' EXIT

# All but the first items wait until the disk is full, and are slow until there is room: the last block of the journal
# may hold some records still.
cat >held.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 800]}},
            {"name": "work", "workers": 2, "capacity": 1000,
             "shell": "[ $1 -lt 20 ] || until [ -e full ]; do sleep 0.1; done; [ -e room ] || sleep 0.05; printf %s \"$1\""},
            {"name": "save", "sink": {"lines": "saved"}, "ordered": true}]}
JSON
fill_the_disk() {
  until_true 60 status_is held 's["items"]["done"] == 20 and s["journal"] == "ok"'
  cat /dev/zero >"$XDG_STATE_HOME/filler" 2>/dev/null
  touch full
  until_true 60 status_is held 's["journal"] == "failing"'
}
"$POOLTOP" run held.json --plain --interval 60s >out 2>err </dev/null &
front=$!
fill_the_disk
until_true 60 status_is held 's["items"]["in_flight"] == 0 and any(x["queue"] and x["queue"]["depth"] for x in s["stages"])'
status_is held 's["items"]["done"] < 800 and any("nothing new is begun until there is room" in p["text"] for p in s["problems"])' ||
  complain "it does not say what it waits for: $(status_of held 's["problems"]')"
status_is held 'not any("stalled" in p["text"] for p in s["problems"])' || complain "what waits is called stalled"

touch room
rm "$XDG_STATE_HOME/filler"
wait "$front"
same "exit" "$?" 0
seq 0 799 | cmp - saved || complain "the file is not what the source gave"
python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["journal"] != "ok")' \
  "$XDG_STATE_HOME/pooltop/runs/held/report.json" || complain "its last word on the journal is not ok"

# Without room for anything it is stopped as any run is, says that its report is missing, and goes on when there is room.
rm full room
"$POOLTOP" run held.json --plain --interval 60s >out 2>err </dev/null &
front=$!
fill_the_disk
expect 0 pooltop stop --now held
wait "$front"
same "exit" "$?" 130
has err "the report cannot be written"
touch room
rm "$XDG_STATE_HOME/filler"
expect 0 pooltop run held.json --resume --plain
seq 0 799 | cmp - saved || complain "the file of the resumed run is not what the source gave"

# Without room from the beginning it says so, and starts nothing: the sink's file is what it was.
cat /dev/zero >"$XDG_STATE_HOME/filler" 2>/dev/null
sum=$(sha256sum saved)
expect 3 pooltop run held.json --name fresh --plain
has err "pooltop: write $XDG_STATE_HOME/pooltop/runs/fresh/"
has err ": No space left on device"
same "the sink's file" "$(sha256sum saved)" "$sum"
none_left || complain "something was started"
