# SPDX-License-Identifier: MIT
# A run whose source is standard input, a pipe or a command goes on after it was killed, if the source had come to its
# end: with every item once, in order, byte for byte.
. "$POOLTOP_SOURCE/tests/cli/_spooled.sh"

# interrupted_twice NAME: the run of that name, which goes on, is killed at two places and comes to its end.
interrupted_twice() {
  local name=$1
  until_true 30 status_is "$name" 's["items"]["done"] >= 20'
  until_true 30 test -e "$runs/$name/spool/come.end"
  kill_all
  same "$name can be resumed" "$(resumable "$name")" True
  touch one
  pooltop run "$name.json" --resume --plain >/dev/null 2>err </dev/null &
  until_true 30 status_is "$name" 's["items"]["done"] >= 40'
  kill_all
  wait
  same "$name can be resumed again" "$(resumable "$name")" True
  touch two
  expect 0 pooltop run "$name.json" --resume --plain
  seq -f 'item %.0f' 0 59 | cmp - "saved-$name" || complain "$name: the ordered file differs"
  same "$name: the ids" "$(python3 -c 'import json, sys; print(sorted(int(json.loads(l)["id"]) for l in open(sys.argv[1])) == list(range(60)))' "listed-$name")" True
  [ "$(wc -l <"ran-$name")" -lt 80 ] || complain "$name: what was done ran again: $(wc -l <"ran-$name")"
  [ ! -e "$runs/$name/spool" ] || complain "$name: it is kept though all is done"
  same "$name has finished" "$(resumable "$name")" False
  rm one two
}

gates typed '{"lines": "-"}'
seq -f 'item %.0f' 0 59 | pooltop run typed.json --plain >/dev/null 2>err &
interrupted_twice typed

mkfifo pipe
gates piped '{"lines": "pipe"}'
seq -f 'item %.0f' 0 59 >pipe &
expect 0 pooltop run piped.json --detach
interrupted_twice piped

gates ran '{"command": ["seq", "-f", "item %.0f", "0", "59"]}'
expect 0 pooltop check ran.json
has out "cannot be read again: what it has read is kept in the run's directory until it is done"
expect 0 pooltop run ran.json --detach
interrupted_twice ran

# Two sources, each with a spool of its own; JSON lines by standard input.
cat >both.json <<'JSON'
{"stages": [{"name": "come", "source": {"lines": "-"}},
            {"name": "more", "source": {"command": ["seq", "30"]}},
            {"name": "work", "from": ["come", "more"], "shell": "[ -e one ] || [ \"$1\" = 1 ] || exec sleep 1000; printf '%s' \"$1\""},
            {"name": "save", "sink": {"jsonl": "both.jsonl", "values": "json"}}]}
JSON
python3 -c 'for i in range(30): print("{\"n\": %d, \"text\": \"a\\nb\"}" % i)' >objects
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
sys.exit(come != [(i, i, "a\nb") for i in range(30)] or more != [(i, i + 1) for i in range(30)])
PY
rm one
