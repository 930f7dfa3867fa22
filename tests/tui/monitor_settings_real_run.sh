# SPDX-License-Identifier: MIT
# A true run is retuned from its screen: what is set holds at once, what is written is a config, and who leaves is told.
. "$(dirname "$0")/_lib.sh"

stop_run() {
  (. "$DIR/profile" && "$POOLTOP" stop tune --now) >/dev/null 2>&1
  clean_up
}
trap stop_run EXIT
: >"$DIR/requests"
cat >"$DIR/tune.json" <<'JSON'
{
  "name": "tune",
  "stages": [
    {"name": "items", "source": {"range": [0, 1000]}},
    // An item takes an hour.
    {"name": "work", "op": "sleep", "args": {"seconds": "1h"}},
    {"name": "save", "sink": {"discard": true}}
  ]
}
JSON
status() { (. "$DIR/profile" && "$POOLTOP" status tune --json); }
# status_says EXPRESSION: python, true of the status `s` and of its stage `work`.
status_says() {
  status | python3 -c "import json, sys
s = json.load(sys.stdin)
work = [w for w in s['stages'] if w['name'] == 'work'][0]
sys.exit(not ($1))" 2>/dev/null
}
until_status() { until_true $WAIT_S status_says "$1" || fail "the status never said: $1"; }

open_terminal 80 24
run_it "$POOLTOP run tune.json"
wait_for '^>v work .* 1/1 '
until_status 'work["busy"] == 1'

keys c
wait_for 'Settings of work'
wait_for '^> workers +1 +1'
keys + +
wait_for '^> workers +3 +1 +changed'
until_status 'work["workers"] == 3 and work["busy"] == 3'

# A shorter timeout ends what is in work.
keys Down Down
wait_for '^> timeout'
keys Enter
wait_for 'work.timeout \(now none\)'
keys C-u 'soon' Enter
wait_for 'refused: work.timeout: must be null or a duration above 0'
keys C-u '200ms' Enter
wait_for '^> timeout +200ms +none +changed'
until_status 's["items"]["failed"] >= 3'
keys Enter C-u '30m' Enter
wait_for '^> timeout +30m +none +changed'

# Who leaves is told that it is in no file.
keys C-c
wait_for '2 settings changed, not in the config: pooltop set tune --diff'
keys Escape
wait_gone 'not in the config'

keys d
wait_for '^ -    \{"name": "work"'
wait_for '^ \+    \{"name": "work"'
wait_for ' 3, "timeout": "30m"\},$'
keys W
wait_for 'Write 2 settings into tune.json\?'
keys w
wait_for 'written to tune.json: work.workers 3, work.timeout 30m'
grep -q '// An item takes an hour.' "$DIR/tune.json" || fail "a comment is gone"
"$POOLTOP" check "$DIR/tune.json" >"$DIR/check.out" 2>&1 || fail "what was written is no config: $(cat "$DIR/check.out")"
grep -q '3 workers' "$DIR/check.out" || fail "the config has not 3 workers: $(cat "$DIR/check.out")"
keys Escape Escape
wait_gone 'Settings of work'

keys q
wait_for 'Leave tune\?'
lacks 'not in the config' || fail "what was written is said to be in no file"
keys 9
wait_for '^status 130$'
