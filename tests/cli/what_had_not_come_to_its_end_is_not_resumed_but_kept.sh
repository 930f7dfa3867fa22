# SPDX-License-Identifier: MIT
# Of a source that cannot be read again: had it not come to its end, that is said, and where what was read lies; a worker
# of it that dies; failed items; what was changed meanwhile; no durability.
. "$POOLTOP_SOURCE/tests/cli/_spooled.sh"

# Not ended: refused with the reason, and what was read lies there as it was.
mkfifo pipe
gates open '{"lines": "pipe"}'
exec {writer}<>pipe
expect 0 pooltop run open.json --detach
seq -f 'item %.0f' 0 59 >&"$writer"
until_true 30 status_is open 's["items"]["done"] == 20'
kill_all
same "open cannot be resumed" "$(resumable open)" False
expect 0 pooltop ps
lacks out open
expect 2 pooltop run open.json --resume --detach
has err "stage come: what it reads cannot be read again, and it had not come to its end: of "
has err "items that it handed over"
has err "what it had read is kept, as it was read, in $runs/open/spool/come.0"
seq -f 'item %.0f' 0 59 | cmp - "$runs/open/spool/come.0" || complain "open: what was read is not what is kept"
touch one two

# Its worker dies before the end: what was handed over is finished, then 3. Behind the end: nothing is to be seen of it.
expect 0 pooltop run open.json --detach
seq -f 'item %.0f' 0 59 >&"$writer"
until_true 30 status_is open 's["items"]["done"] == 60'
kill -KILL "$(status_of open 's["workers"][0]["pid"]')"
expect 3 pooltop wait open
same "what it had handed over" "$(cat saved-open)" "$(seq -f 'item %.0f' 0 59)"
same "it cannot be resumed" "$(resumable open)" False
exec {writer}>&-
rm one two
gates later '{"command": ["seq", "-f", "item %.0f", "0", "59"]}'
expect 0 pooltop run later.json --detach
until_true 30 test -e "$runs/later/spool/come.end"
until_true 30 status_is later 's["items"]["done"] >= 20'
pids=$(status_of later '*[w["pid"] for w in s["workers"] if w["stage"] in ("come", "work") and w["pid"]]')
touch one two
kill -KILL $pids
expect 0 pooltop wait later
seq -f 'item %.0f' 0 59 | cmp - saved-later || complain "later: the ordered file differs"

# Failed items stay kept: they can be given back. What was changed meanwhile is refused.
cat >weak.json <<'JSON'
{"stages": [{"name": "come", "source": {"command": ["seq", "30"]}},
            {"name": "work", "shell": "[ -e one ] || [ $1 != 7 ] || exit 1; echo $1"},
            {"name": "save", "sink": {"lines": "strong"}}]}
JSON
rm one
expect 1 pooltop run weak.json --plain
expect 0 pooltop failed weak --retry
same "weak can be resumed" "$(resumable weak)" True
touch one
piece=$runs/weak/spool/come.0
cp "$piece" kept
truncate -s 20 "$piece"
expect 2 pooltop run weak.json --resume --plain
has err "stage come: what it had read: $piece: has 20 bytes, 81 were written"
tr 7 8 <kept >"$piece"
expect 2 pooltop run weak.json --resume --plain
has err "is not what was written: its checksum is another"
rm "$piece"
ln -s "$here/kept" "$piece"
expect 2 pooltop run weak.json --resume --plain
has err "Too many levels of symbolic links"
rm "$piece"
cp kept "$piece"
expect 0 pooltop run weak.json --resume --plain
same "all of it" "$(sort -n strong)" "$(seq 30)"
[ ! -e "$runs/weak/spool" ] || complain "weak: it is kept though all is done"

# Without durability nothing is kept, and that is said.
sed 's/{"stages"/{"durability": "none", "stages"/; s/"weak"/"bare"/' weak.json >bare.json
expect 0 pooltop check bare.json
has out 'cannot be read again; nothing of it is kept (durability "none")'
expect 0 pooltop run bare.json --plain
[ ! -e "$runs/bare/spool" ] || complain "bare: something is kept"
