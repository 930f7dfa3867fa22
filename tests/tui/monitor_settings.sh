# SPDX-License-Identifier: MIT
# c shows a stage's settings; they are changed, put back, compared with the config, written into it and dropped.
. "$(dirname "$0")/_lib.sh"
start_engine
cat >"$DIR/crawl.json" <<'JSON'
{
  "name": "crawl",
  "stages": [
    {"name": "urls", "source": {"range": [0, 9]}},
    {"name": "fetch", "op": "identity", "workers": 8, "retries": 2},
    {"name": "store", "sink": {"discard": true}}
  ]
}
JSON
cp "$DIR/crawl.json" "$DIR/first.json"
cp "$DIR/crawl.json" "$DIR/state/pooltop/runs/crawl/config.json"
open_terminal 80 24
attach
wait_for '^>v fetch'

keys c
wait_for 'Settings of fetch.* Esc back'
wait_for '^> workers +8 +8'
wait_for '^  retries +2 +2 +--set'
wait_for '1..4096 or "auto"'
wait_for 'Enter change.*\+/- workers.*Del put back.*d diff.*W write.*u drop all'

# Workers are stepped; two keys are two steps.
keys + +
wait_request '"set", "stage": "fetch", "key": "workers", "value": 10'
wait_for '^> workers +10 +8 +changed'
wait_for '1 changed in the run'
wait_for 'fetch.workers is 10, was 9 .*pooltop set crawl fetch.workers=10'

# A value is typed; what is wrong is said beside it, and the text stays.
keys Down Down
wait_for '^> timeout +none'
keys Enter
wait_for '^ fetch.timeout \(now none\): none_'
keys C-u 'soon' Enter
wait_for 'refused: fetch.timeout: must be null or a duration above 0'
wait_for '^ fetch.timeout \(now none\): soon_'
keys BSpace BSpace BSpace BSpace '30s' Enter
wait_for '^> timeout +30s +none +changed'
wait_gone 'refused:'
wait_for 'fetch.timeout is 30s, was none'
keys Enter
wait_for ': 30s_'
keys Escape
wait_gone ': 30s_'

# Somebody else changes it: the row says so, the cursor stays.
engine setting fetch timeout '"45s"'
wait_for '^> timeout +45s +none +changed'
engine setting fetch timeout '"30s"'
wait_for '^> timeout +30s +none +changed'

# One is put back; a refusal is told.
keys Up Up
wait_for '^> workers'
keys DC
wait_for '^> workers +8 +8 *$'
engine refuse not_possible
keys +
wait_for 'refused: not today \(not_possible\)'

# The diff, then the config with it.
keys d
wait_for '^ --- .*crawl.json'
wait_for '^ \+    \{"name": "fetch", '
wait_for '"30s"\},$'
keys W
wait_for 'Write 1 setting into crawl.json\?'
wait_for "$DIR/crawl.json"
wait_for '\[Cancel\]'
keys Enter
wait_gone 'Write 1 setting'
cmp -s "$DIR/crawl.json" "$DIR/first.json" || fail "Cancel wrote the config"
keys W
wait_for 'Write 1 setting'
keys w
wait_for 'written to crawl.json: fetch.timeout 30s .*pooltop set crawl --write'
wait_for 'nothing to change in the config'
grep -q '"timeout": "30s"' "$DIR/crawl.json" || fail "the config was not written: $(cat "$DIR/crawl.json")"
keys W
wait_for 'crawl.json: nothing to change in it'

# A file that somebody has changed is not written.
echo '// mine' >>"$DIR/crawl.json"
wait_for 'cannot be written: .*crawl.json was changed since'
keys W
wait_for 'was changed since the run read it'
grep -q mine "$DIR/crawl.json" || fail "a changed file was written"
keys Escape
wait_for '^> workers'

# All is dropped, if one wants it.
keys u
wait_for 'Drop 1 setting of crawl\?'
wait_for 'fetch.timeout goes back from 30s to none'
keys Escape
wait_gone 'Drop 1'
no_request '"drop"'
keys u
wait_for 'Drop 1'
keys d
wait_request '"set", "drop": true'
wait_for '^  timeout +none +none *$'

keys Escape
wait_gone 'Settings of fetch'
keys @
wait_for '\$ pooltop set crawl --drop'
wait_for '\$ pooltop set crawl --write'
wait_for '\$ pooltop set crawl fetch.timeout=30s'
keys Escape

# At 40x10 all of it can be done, too.
keys c
wait_for '^> workers'
tm resize-window -x 40 -y 10
wait_for 'Enter set  d diff  W write  u drop'
keys Down Enter
wait_for '^ rate: none_|^ fetch.rate \(now none\): none_'
keys C-u '5/s' Enter
wait_for '^> rate +5/s +changed'
keys d
wait_for '^ (---|\+\+\+|@@|cannot be written)'
keys d u
wait_for 'Drop 1 setting'
keys d
wait_for '^> rate +none *$'

# Where nothing can be typed nothing is changed.
tm resize-window -x 30 -y 6
wait_for '^  accepted: none or a rate *$'
keys Enter '9' Enter
tm resize-window -x 80 -y 24
wait_for 'no settings are shown at this size|is no key here'
wait_for '^> rate +none +none *$'
no_request '"rate", "value": "?9'
keys c
wait_for '^>v fetch'
keys q
wait_end 0
