# SPDX-License-Identifier: MIT
# A worker that has died while its answers wait for room is kept until they are read. The engine looked after its end
# again and again meanwhile, without a rest.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >waits.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 100]}},
            {"name": "gate", "worker": ["sh", "-c", "read -r line <go; exec cat"], "capacity": 1},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
mkfifo go
exec {go}<>go
expect 0 pooltop run waits.json --detach
source_is() { status_is waits "any(w['stage'] == 'numbers' and w['state'] == '$1' for w in s['workers'])"; }
until_true 20 source_is blocked
kill -KILL "$(status_of waits "[w['pid'] for w in s['workers'] if w['stage'] == 'numbers'][0]")"
until_true 20 source_is killed

engine=$(status_of waits 's["pid"]')
ticks() { sed -E 's/.*\) //' "/proc/$engine/stat" | awk '{ print $12 + $13 }'; }  # hundredths of a second of a processor
before=$(ticks)
looked() { [ "$(($(date +%s) - begun))" -ge 3 ]; }
begun=$(date +%s)
until_true 60 looked
used=$(($(ticks) - before))
[ "$used" -lt 100 ] || complain "the engine was busy for $used hundredths of a second out of three seconds"

echo >&"$go"
expect 0 timeout -k 1 120 "$POOLTOP" wait waits
