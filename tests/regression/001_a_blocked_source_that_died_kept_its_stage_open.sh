# SPDX-License-Identifier: MIT
# A source died when it had given all, while that waited for room. It went on being taken for
# blocked, so its stage, and with it the run, never ended.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >blocked.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"command": ["seq", "1", "200"]}},
            {"name": "gate", "worker": ["sh", "-c", "read -r line <go; exec cat"]},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
mkfifo go
exec {go}<>go

source_is() { status_is blocked "any(w['stage'] == 'numbers' and w['state'] == '$1' for w in s['workers'])"; }
# Whether it was the slot's turn or the stage's to read the last of it was chance: several sizes, with one worker or two.
for capacity in 1 2 3 7 20 60; do
  for workers in 1 2; do
    expect 0 pooltop run blocked.json --detach --set "gate.capacity=$capacity" --set "gate.workers=$workers"
    until_true 20 source_is blocked
    kill -KILL "$(status_of blocked "[w['pid'] for w in s['workers'] if w['stage'] == 'numbers'][0]")"
    for ((i = 0; i < workers; ++i)); do echo >&"$go"; done
    expect 0 timeout -k 1 120 "$POOLTOP" wait blocked
    same "what it gave came out" "$(status_of blocked "[s['items']['done'], s['items']['failed']]")" "[200, 0]"
  done
done
