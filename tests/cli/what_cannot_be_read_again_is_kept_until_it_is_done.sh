# SPDX-License-Identifier: MIT
# A run whose source is standard input, a pipe or a command goes on after it was killed, if the source had come to its
# end: with every item once, in order, byte for byte. If it had not, that is refused, and it is said where what was read
# lies.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

runs=$XDG_STATE_HOME/pooltop/runs
kill_all() { kill -KILL $(runs_left) 2>/dev/null; until_true 20 none_left; }
resumable() { pooltop ps --all --json | python3 -c 'import json, sys; print({r["run"]: r["resumable"] for r in json.load(sys.stdin)}[sys.argv[1]])' "$1"; }

# gates NAME SOURCE: items from 50 on wait for the file one, from 150 on for two. The queue is short, so the engine does
# not have all items when the source has given the last.
gates() {
  cat >"$1.json" <<JSON
{"stages": [{"name": "come", "source": $2},
            {"name": "work", "capacity": 8, "workers": 2, "crash_retries": 100,
             "shell": "echo x >>ran-$1; n=\${1#item }; [ \$n -lt 50 ] || [ -e one ] || exec sleep 1000; [ \$n -lt 150 ] || [ -e two ] || exec sleep 1000; echo \"\$1\""},
            {"name": "save", "sink": {"lines": "saved-$1"}, "ordered": true},
            {"name": "list", "sink": {"jsonl": "listed-$1"}, "from": "work"}]}
JSON
}

# interrupted_twice NAME: the run of that name, which goes on, is killed at two places and comes to its end.
interrupted_twice() {
  local name=$1
  until_true 30 status_is "$name" 's["items"]["done"] >= 50'
  until_true 30 test -e "$runs/$name/spool/come.end"
  kill_all
  same "$name can be resumed" "$(resumable "$name")" True
  touch one
  pooltop run "$name.json" --resume --plain >/dev/null 2>err </dev/null &
  until_true 30 status_is "$name" 's["items"]["done"] >= 150'
  kill_all
  wait
  same "$name can be resumed again" "$(resumable "$name")" True
  touch two
  expect 0 pooltop run "$name.json" --resume --plain
  seq -f 'item %.0f' 0 199 | cmp - "saved-$name" || complain "$name: the ordered file differs"
  same "$name: the ids" "$(python3 -c 'import json, sys; print(sorted(int(json.loads(l)["id"]) for l in open(sys.argv[1])) == list(range(200)))' "listed-$name")" True
  [ "$(wc -l <"ran-$name")" -lt 260 ] || complain "$name: what was done ran again: $(wc -l <"ran-$name")"
  [ ! -e "$runs/$name/spool" ] || complain "$name: it is kept though all is done"
  same "$name has finished" "$(resumable "$name")" False
  rm one two
}

gates typed '{"lines": "-"}'
seq -f 'item %.0f' 0 199 | pooltop run typed.json --plain >/dev/null 2>err &
interrupted_twice typed

mkfifo pipe
gates piped '{"lines": "pipe"}'
seq -f 'item %.0f' 0 199 >pipe &
expect 0 pooltop run piped.json --detach
interrupted_twice piped

gates ran '{"command": ["seq", "-f", "item %.0f", "0", "199"]}'
expect 0 pooltop check ran.json
has out "cannot be read again: what it has read is kept in the run's directory until it is done"
expect 0 pooltop run ran.json --detach
interrupted_twice ran

# Two sources, each with a spool of its own; JSON lines by standard input.
cat >both.json <<'JSON'
{"stages": [{"name": "come", "source": {"lines": "-"}},
            {"name": "more", "source": {"command": ["seq", "100"]}},
            {"name": "work", "from": ["come", "more"], "shell": "[ -e one ] || [ \"$1\" = 1 ] || exec sleep 1000; printf '%s' \"$1\""},
            {"name": "save", "sink": {"jsonl": "both.jsonl", "values": "json"}}]}
JSON
python3 -c 'for i in range(100): print("{\"n\": %d, \"text\": \"a\\nb\"}" % i)' >objects
pooltop run both.json --plain >/dev/null 2>err <objects &
until_true 30 test -e "$runs/both/spool/come.end" -a -e "$runs/both/spool/more.end"
kill_all
touch one
expect 0 pooltop run both.json --resume --plain
python3 - <<'PY' || complain "both: not every item is there once"
import json, sys
got = [json.loads(line) for line in open("both.jsonl")]
come = sorted((int(g["id"].split(":")[1]), g["value"]["n"], g["value"]["text"]) for g in got if g["id"].startswith("come:"))
more = sorted((int(g["id"].split(":")[1]), g["value"]) for g in got if g["id"].startswith("more:"))
sys.exit(come != [(i, i, "a\nb") for i in range(100)] or more != [(i, i + 1) for i in range(100)])
PY
rm one

# Not ended: refused with the reason, and what was read lies there as it was.
gates open '{"lines": "pipe"}'
exec {writer}<>pipe
expect 0 pooltop run open.json --detach
seq -f 'item %.0f' 0 99 >&"$writer"
until_true 30 status_is open 's["items"]["done"] == 50'
kill_all
same "open cannot be resumed" "$(resumable open)" False
expect 0 pooltop ps
lacks out open
expect 2 pooltop run open.json --resume --detach
has err "stage come: what it reads cannot be read again, and it had not come to its end: of "
has err "items that it handed over"
has err "what it had read is kept, as it was read, in $runs/open/spool/come.0"
seq -f 'item %.0f' 0 99 | cmp - "$runs/open/spool/come.0" || complain "open: what was read is not what is kept"
touch one two

# Its worker dies before the end: what was handed over is finished, then 3. Behind the end: nothing is to be seen of it.
expect 0 pooltop run open.json --detach
seq -f 'item %.0f' 0 99 >&"$writer"
until_true 30 status_is open 's["items"]["done"] == 100'
kill -KILL "$(status_of open 's["workers"][0]["pid"]')"
expect 3 pooltop wait open
same "what it had handed over" "$(cat saved-open)" "$(seq -f 'item %.0f' 0 99)"
same "it cannot be resumed" "$(resumable open)" False
exec {writer}>&-
rm one two
gates later '{"command": ["seq", "-f", "item %.0f", "0", "199"]}'
sed -i 's/"capacity": 8/"capacity": 1/' later.json
expect 0 pooltop run later.json --detach --set work.queue_bytes=1000
until_true 30 test -e "$runs/later/spool/come.end"
until_true 30 status_is later 's["items"]["done"] >= 50'
pid=$(status_of later '[w["pid"] for w in s["workers"] if w["stage"] == "come" and w["pid"]][:1]')
touch one two
[ "$pid" = "[]" ] || kill -KILL "$(echo "$pid" | tr -d '[]')"
expect 0 pooltop wait later
seq -f 'item %.0f' 0 199 | cmp - saved-later || complain "later: the ordered file differs"

# Failed items stay kept: they can be given back. What was changed meanwhile is refused.
cat >weak.json <<'JSON'
{"stages": [{"name": "come", "source": {"command": ["seq", "100"]}},
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
has err "stage come: what it had read: $piece: has 20 bytes, 292 were written"
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
same "all of it" "$(sort -n strong)" "$(seq 100)"
[ ! -e "$runs/weak/spool" ] || complain "weak: it is kept though all is done"

# Without durability nothing is kept, and that is said.
sed 's/{"stages"/{"durability": "none", "stages"/; s/"weak"/"bare"/' weak.json >bare.json
expect 0 pooltop check bare.json
has out 'cannot be read again; nothing of it is kept (durability "none")'
expect 0 pooltop run bare.json --plain
[ ! -e "$runs/bare/spool" ] || complain "bare: something is kept"
