# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >some.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 6]}},
            {"name": "pick", "shell": "[ $1 -ne 3 ] && echo $1 || { echo no three >&2; exit 7; }"},
            {"name": "save", "sink": {"lines": "kept.txt"}}]}
JSON

expect 1 pooltop run some.json --plain --report report.json
has err "FAIL pick #3 try 1 exit 7"
has err "no three"
same kept "$(sort kept.txt | tr '\n' ' ')" "0 1 2 4 5 "
same report "$(python3 -c 'import json; r = json.load(open("report.json")); print(r["exit_status"], r["items"]["done"], r["items"]["failed"], r["state"])')" "1 5 1 done"
expect 1 pooltop wait some
same "failed --json" "$(pooltop failed some --json | python3 -c 'import json, sys; print([json.loads(l)["id"] for l in sys.stdin])')" "['3']"
expect 0 pooltop failed some
has out "no three"

expect 2 pooltop run absent.json --plain
expect 2 pooltop run some.json --plain --set pick.workers=0
has err "--set"
before=$(cat report.json)
expect 2 pooltop run some.json --plain --report absent/report.json
has err "--report absent/report.json: No such file or directory"
expect 2 pooltop run some.json --plain --report .
expect 2 pooltop run some.json --plain --report report.json --set pick.workers=0
same "the report of before" "$(cat report.json)" "$before"
expect 1 pooltop run some.json --plain --resume
has err "it has finished; there is nothing to go on with"

# `on_failure` stops the run: 3.
expect 3 pooltop run some.json --plain --set 'pick.on_failure="stop"'

# The reader of stdout goes away: 141.
cat >many.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 100000000]}}, {"name": "same", "op": "identity"}]}
JSON
"$POOLTOP" run many.json --plain 2>err | head -n 1 >out
same "reader gone" "${PIPESTATUS[0]}" 141
same "first line" "$(cat out)" 0

# No stdout at all: results cannot be written, and nobody is told that they were.
cat >one.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}}]}
JSON
status=0
"$POOLTOP" run one.json --plain >&- 2>err || status=$?
same "stdout closed" "$status" 3
has err "Bad file descriptor"

# More workers than this process may have descriptors for: told before anything is started.
before=$(cat "$XDG_STATE_HOME/pooltop/runs/some/report.json")
(ulimit -n 64 && expect 2 pooltop run some.json --plain --set pick.workers=60) || complain "not refused"
has err "62 workers need"
same "the run of before" "$(cat "$XDG_STATE_HOME/pooltop/runs/some/report.json")" "$before"

# With another user's rights it does nothing. (A leak checker cannot look into such a process, and ends it its own way.)
if [ "$(id -u)" = 0 ] && [[ $(findmnt -no OPTIONS -T .) != *nosuid* ]] && [[ $(ldd "$POOLTOP") != *libasan* ]] &&
  cp "$POOLTOP" setuid && chown 1 setuid && chmod u+s setuid; then
  for words in ps "--pooltop-worker $$ 0" "--pooltop-forkserver $$ 0"; do
    expect 2 ./setuid $words
    has err "set-user-ID"
  done
else
  echo "left out: a program with another user's rights, which only root can make, where such rights count, without a leak checker"
fi
