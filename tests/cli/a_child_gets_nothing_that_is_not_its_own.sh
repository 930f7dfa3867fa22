# SPDX-License-Identifier: MIT
# What a program finds that pooltop started, of every kind and by every start method: descriptors 0, 1 and 2 and no other,
# every signal at its default, none blocked, its worker's session, the umask of whoever started the run. Beside that: a
# pipe whose reader goes away ends its writer, an end of file comes when the writer has closed, and what is in "env" is
# in no argument.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# Appends one line. It comes by the environment: a shell that reads a file has a descriptor more.
export LOOK='
fds= n=0
while [ $n -lt 256 ]; do
  [ ! -e /proc/$$/fd/$n ] || fds="$fds $n"
  n=$((n + 1))
done
state=$(cat /proc/self/status | sed -n "s/^\(Umask\|SigBlk\|SigIgn\|NoNewPrivs\):[[:space:]]*/\1 /p" | sort | tr "\n" " ")
leader=$(cat /proc/$(cut -d " " -f 6 /proc/$$/stat)/comm)
echo "$kind: fds$fds; ${state}of $leader; secret ${POOLTOP_TEST_SECRET-none}" >>"$SEEN"'
cat >nothing.py <<'PY'
import subprocess
def look(item):
    # What a process of this one inherits, where nothing is closed for it.
    subprocess.run(["sh", "-c", 'kind=python; eval "$LOOK"'], check=True, close_fds=False)
    return item
PY
cat >make.py <<'PY'
import json, sys
look = 'kind=%s; eval "$LOOK"; '
json.dump({"defaults": {"start_method": sys.argv[1], "env": {"SEEN": "${SEEN}", "LOOK": "${LOOK}"}}, "stages": [
    {"name": "source", "source": {"command": ["sh", "-c", look % "source" + "echo item"]}},
    {"name": "command", "command": ["sh", "-c", look % "command" + "echo item", "{}"]},
    {"name": "shell", "shell": look % "shell" + "echo item", "clear_env": True},
    {"name": "lines", "worker": ["sh", "-c", "while read -r item; do " + look % "lines" + "echo item; done"]},
    {"name": "json", "protocol": "json", "worker":
        ["sh", "-c", "while read -r item; do " + look % "json" + """echo '{"id": "0", "items": ["item"]}'; done"""]},
    {"name": "python", "python": "nothing:look"},
    {"name": "sink", "sink": {"command": ["sh", "-c", look % "sink" + "cat >sunk"]}}]}, sys.stdout)
PY
export SEEN=$here/seen

export POOLTOP_TEST_SECRET=inherited
exec 7<make.py 8>held 9</dev/null
for method in forkserver fork spawn; do
  python3 make.py $method >clean.json
  rm -f seen sunk
  # As a careless parent would start it.
  (
    umask 027
    trap '' INT QUIT PIPE USR1 TSTP
    expect 0 pooltop run clean.json --plain
  ) || complain "with $method the run did not end well"
  same "$method: what came through" "$(cat sunk)" item
  for kind in source command shell lines json python sink; do
    secret=inherited
    [ $kind != shell ] || secret=none
    same "$method" "$(grep "^$kind:" seen)" \
      "$kind: fds 0 1 2; NoNewPrivs 0 SigBlk 0000000000000000 SigIgn 0000000000000000 Umask 0027 of pooltop-worker; secret $secret"
  done
done
exec 7<&- 8>&- 9<&-
unset POOLTOP_TEST_SECRET

# The reader of a pipe goes away: its writer ends by SIGPIPE, without a word.
cat >pipe.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}},
            {"name": "yes", "command": ["bash", "-c", "yes | head -n 1; echo $PIPESTATUS $1", "bash", "{}"]},
            {"name": "print", "sink": {"lines": "-"}}]}
JSON
(trap '' PIPE; expect 0 pooltop run pipe.json --plain) || complain "the pipe did not end"
same "the status of yes" "$(cat out)" $'y\n141 x'
expect 0 pooltop logs pipe
lacks out "roken pipe"

# While one program lives on, another's output has its end: nobody else holds its pipes. A secret is in no argument.
mkfifo gate
cat >siblings.json <<'JSON'
{"stages": [{"name": "two", "source": {"items": ["long", "short"]}},
            {"name": "work", "command": ["sh", "-c", "[ $1 = short ] && exit; read -r x <gate", "sh", "{}"], "workers": 2, "env": {"SECRET_TOKEN": "t0p-s3cret"}},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
"$POOLTOP" run siblings.json --plain >out 2>err </dev/null &
front=$!
until_true 20 status_is siblings 's["items"]["done"] == 1 and s["stages"][1]["busy"] == 1'
for process in $(runs_left); do
  ! tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null | grep -F t0p-s3cret || complain "a secret of \"env\" is in an argument"
done
echo go >gate
wait "$front"
same "exit" "$?" 0
