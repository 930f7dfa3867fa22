# SPDX-License-Identifier: MIT
# What was stopped is gone on with; what cannot be read again, or is not what it was, is refused.
. "$POOLTOP_SOURCE/tests/cli/_interrupted.sh"

# Stopped by the user: the rest is "not done".
expect 0 pooltop run steps.json --detach
until_true 30 status_is steps 's["items"]["done"] == 50'
expect 0 pooltop stop steps --now
expect 130 pooltop wait steps
touch go
expect 0 pooltop run steps.json --resume --plain
same "the rest" "$(cat saved)" "$(seq 0 99)"

# What cannot be read again is resumed only if it had ended and all of it was done.
cat >pipe.json <<'JSON'
{"stages": [{"name": "come", "source": {"command": ["sh", "-c", "seq 5; exec sleep 1000"]}},
            {"name": "save", "sink": {"lines": "piped"}}]}
JSON
expect 0 pooltop run pipe.json --detach
until_true 30 status_is pipe 's["items"]["done"] == 5'
interrupt pipe
expect 2 pooltop run pipe.json --resume --plain
has err "stage come: what it reads cannot be read again, and it had not come to its end"

# Without a journal there is nothing to go on with, and it is said.
rm go
expect 0 pooltop run steps.json --detach --set 'save.queue_bytes=1000000' --name bare
until_true 30 status_is bare 's["items"]["done"] == 50'
interrupt bare
rm "$XDG_STATE_HOME/pooltop/runs/bare/journal"
touch go
expect 0 pooltop run steps.json --name bare --resume --plain
has err "replaces what the run before left"

# The files that a pattern matches are others than before.
mkdir files && touch files/{1..20}
cat >globbed.json <<'JSON'
{"stages": [{"name": "files", "source": {"glob": "files/*"}},
            {"name": "work", "shell": "[ -e go2 ] || exec sleep 1000; echo $1", "capacity": 4},
            {"name": "save", "sink": {"lines": "globbed"}}]}
JSON
expect 0 pooltop run globbed.json --detach
until_true 30 status_is globbed 's["stages"][0]["out"] > 3 and s["stages"][1]["busy"] == 1'
interrupt globbed
touch files/0 go2
expect 2 pooltop run globbed.json --resume --plain
has err "files that match some are others than before"
rm files/0
expect 0 pooltop run globbed.json --resume --plain
same "every file" "$(sort globbed)" "$(printf '%s\n' files/* | sort)"
