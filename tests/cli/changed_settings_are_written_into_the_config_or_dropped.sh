# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

make_config() {
  cat >"$1" <<'JSON'
// What this is for.
{
  "name": "tune",
  "defaults": {"retries": 2},  // for all
  "stages": [
    {"name": "in", "source": {"range": [0, 1000000]}},
    {"name": "work", "op": "sleep", "args": {"seconds": "10ms"}, "workers": 1 /* for now */},
    {
      "name": "more",
      "op": "identity",
      "capacity": 100  // small
    },
    {"name": "out", "sink": {"discard": true}}
  ]
}
JSON
}
start() {
  expect 0 pooltop run "$@" --detach
  until_true 20 status_is tune 's["items"]["done"] > 0'
}
end() {
  expect 0 pooltop stop tune --now
  expect 130 pooltop wait tune
}
make_config tune.json
chmod 640 tune.json
cp -p tune.json first.json
start tune.json --set work.crash_retries=1

expect 0 pooltop set --diff
same "no diff without a change" "$(cat out)" ""

expect 0 pooltop set work.workers=3 work.timeout=30s more.rate=500/s more.capacity=50 work.retries=0
expect 0 pooltop set --diff
cp out change.diff
same "only what changed" "$(grep '^[-+] ' change.diff)" '-    {"name": "work", "op": "sleep", "args": {"seconds": "10ms"}, "workers": 1 /* for now */},
+    {"name": "work", "op": "sleep", "args": {"seconds": "10ms"}, "workers": 3, /* for now */ "timeout": "30s", "retries": 0},
-      "capacity": 100  // small
+      "capacity": 50,  // small
+      "rate": "500/s"'
cmp -s tune.json first.json || complain "--diff wrote"
(cd / && patch -s -o "$here/patched.json" "$here/first.json" "$here/change.diff") || complain "patch does not take the diff"

expect 0 pooltop set --write
has err 'written to '
cmp -s tune.json patched.json || complain "--write and --diff differ"
same "its mode is kept" "$(stat -c %a tune.json)" 640
same "no other file is left" "$(find . -maxdepth 1 -name '.tune*')" ""
expect 0 pooltop check tune.json
expect 0 pooltop set
lacks err 'not in the config'
expect 0 pooltop set --write
has err 'nothing to change'

# What was written and then put back is put back in the file too.
expect 0 pooltop set work.workers=1
expect 0 pooltop set --write
has tune.json '"workers": 1, /* for now */'
expect 0 pooltop set --drop --write
cmp -s tune.json first.json || complain "dropped settings are still in the file"

# A file that somebody else has changed is not written, nor one that is gone or may not be written.
expect 0 pooltop set work.workers=2
echo '// mine' >>tune.json
cp tune.json mine.json
expect 2 pooltop set --write
has err 'tune.json was changed since the run read it; nothing was written'
expect 0 pooltop set --diff
has err 'was changed since'
has out '"workers": 2'
cmp -s tune.json mine.json || complain "a changed file was written"
rm tune.json
expect 2 pooltop set --write
has err 'is gone'
cp -p first.json tune.json
ln tune.json other-name.json
expect 2 pooltop set --write
has err 'several names'
rm other-name.json
end

# When the run has ended what it was told is still known.
expect 0 pooltop set tune
has out changed
has err '1 setting changed, not in the config: pooltop set tune --diff'
expect 4 pooltop set tune work.workers=9
expect 0 pooltop set tune --write
has tune.json '"workers": 2'
cp -p first.json tune.json

# A run in front says it at its end.
"$POOLTOP" run tune.json --plain --set in.source='{"range": [0, 1000000]}' 2>plain.err &
until_true 20 status_is tune 's["items"]["done"] > 0'
expect 0 pooltop set work.timeout=1h
expect 0 pooltop stop tune --now
wait $! || true
has plain.err 'tune: 1 setting changed, not in the config: pooltop set tune --diff'

# A link is followed, and stays one. What --set gave at the start is written only if it was changed since.
ln -s tune.json link.json
start link.json --set work.workers=4 --set more.timeout=9s
expect 0 pooltop set
grep -Eq '^work +workers +4 +4  --set$' out || complain "--set is not told: $(cat out)"
expect 0 pooltop set --diff
same "--set alone is no change" "$(cat out)" ""
expect 0 pooltop set work.workers=5
expect 0 pooltop set --write
[ -L link.json ] || complain "the link is gone"
has tune.json '"workers": 5'
lacks tune.json timeout
end

# A config from a pipe has a diff, and no file. A stage that pooltop made has no place in it.
printf '{"stages": [{"name": "in", "source": {"range": [0, 100000]}},\n{"name": "work", "op": "sleep", "args": {"seconds": 1}}]}\n' |
  "$POOLTOP" run - --detach --name tune >/dev/null || complain "a config from a pipe does not run"
expect 0 pooltop set work.workers=2 results.capacity=9
expect 0 pooltop set --diff
has out '+{"name": "work", "op": "sleep", "args": {"seconds": 1}, "workers": 2}]}'
has err 'results.capacity: the config has no stage "results"'
expect 2 pooltop set --write
has err 'the config came through a pipe'
end
