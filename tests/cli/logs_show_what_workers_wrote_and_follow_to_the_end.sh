# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >talk.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}},
            {"name": "say", "shell": "echo said $1 >&2; echo $1"},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run talk.json --plain
expect 0 pooltop logs talk
for n in 0 1 2; do has out "err said $n"; done
expect 0 pooltop logs talk say
has out "said 1"
expect 0 pooltop logs talk save
lacks out "said"
expect 4 pooltop logs nosuch

# All of it, as long as the files have it: the lines of every worker by their times.
cat >much.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 4]}},
            {"name": "say", "shell": "seq 20000 >&2; echo $1", "workers": 2},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run much.json --plain
expect 0 pooltop logs much
same "lines" "$(wc -l <out)" 80000
cut -d' ' -f1 out | LC_ALL=C sort -c || complain "not by time"
same "stderr" "$(cat err)" ""
rm -r "$XDG_STATE_HOME/pooltop/runs/much"

# Of a worker's PID what its children wrote too, of a child's PID its own.
mkfifo gate && exec {gate}<>gate
cat >held.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}},
            {"name": "hold", "shell": "echo child $$ >&2; read line <gate"},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run held.json --detach
until_true 20 status_is held 'any(w["child_pid"] for w in s["workers"])'
until_true 20 sh -c '"$POOLTOP" logs held hold | grep -q child'
worker=$(status_of held '[w["pid"] for w in s["workers"] if w["stage"] == "hold"][0]')
child=$(status_of held '[w["child_pid"] for w in s["workers"] if w["stage"] == "hold"][0]')
for pid in "$worker" "$child"; do
  expect 0 pooltop logs held "$pid"
  has out "child $child"
done
expect 4 pooltop logs held 1
echo go >&"$gate"
expect 0 pooltop wait held
rm -r "$XDG_STATE_HOME/pooltop/runs/held"

sed -i 's/\[0, 3\]/[0, 30]/; s/echo \$1"/sleep 0.05; echo $1"/' talk.json
expect 0 pooltop run talk.json --detach
expect 0 timeout 60 "$POOLTOP" logs talk -f
same "lines followed" "$(grep -c 'err said' out)" 30
