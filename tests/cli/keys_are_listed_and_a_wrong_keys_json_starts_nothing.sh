# SPDX-License-Identifier: MIT
# `pooltop keys` shows what a key does; a keys.json that is wrong is told before anything runs.
. "$POOLTOP_SOURCE/tests/support/shell.sh"
export XDG_CONFIG_HOME=$here/config HOME=$here

expect 0 pooltop keys
has out 'kill             K F9             kill the worker'
has err "$here/config/pooltop/keys.json is not there: these are the built-in keys"

# What it prints as JSON is a file that changes nothing.
mkdir -p config/pooltop
pooltop keys >built_in 2>err
pooltop keys --json >config/pooltop/keys.json
expect 0 pooltop keys
cmp -s out built_in || complain "keys --json is not what the keys are: $(diff out built_in)"
has err "changes the built-in keys"

echo '{"kill": ["X"], "paus": ["K"], "mark": ["Pgdn"]}' >config/pooltop/keys.json
expect 2 pooltop keys
has err 'keys.json:1:17: /paus: there is no action "paus"; did you mean "pause"?'
has err 'keys.json:1:41: /mark/0: "Pgdn" is no key; did you mean "PgDn"?'

# The run is not started: its work would go on unseen. Without a screen keys are nobody's business.
cat >quick.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 3]}}, {"name": "end", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run quick.json --plain --name plain
start_terminal 80 24
type_line "$POOLTOP run quick.json --name unseen; echo status \$?"
wait_screen 'did you mean "pause"?'
wait_screen 'status 2'
expect 4 pooltop status unseen

# No file of it, but something else.
rm config/pooltop/keys.json && mkdir config/pooltop/keys.json
expect 2 pooltop keys
has err 'keys.json: this is no file'
rmdir config/pooltop/keys.json && mkfifo config/pooltop/keys.json
expect 2 pooltop keys

# Without XDG_CONFIG_HOME it is below the home.
unset XDG_CONFIG_HOME
mkdir -p .config/pooltop
echo '{"kill": ["X"]}' >.config/pooltop/keys.json
expect 0 pooltop keys
has out 'kill             X                kill the worker'
