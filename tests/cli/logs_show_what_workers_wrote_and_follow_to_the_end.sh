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

sed -i 's/\[0, 3\]/[0, 30]/; s/echo \$1"/sleep 0.05; echo $1"/' talk.json
expect 0 pooltop run talk.json --detach
expect 0 timeout 60 "$POOLTOP" logs talk -f
same "lines followed" "$(grep -c 'err said' out)" 30
