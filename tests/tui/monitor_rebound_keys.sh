# SPDX-License-Identifier: MIT
# keys.json decides what a key does, and the screen says the keys that are so.
. "$(dirname "$0")/_lib.sh"
start_engine
mkdir -p "$DIR/config/pooltop"
cat >"$DIR/config/pooltop/keys.json" <<'JSON'
{"kill": ["X"], "pause": ["K"], "restart": [], "quit": ["Q"]}
JSON
open_terminal 120 40 XDG_CONFIG_HOME="$DIR/config"
attach
wait_for 'crawl  RUNNING'
wait_for 'K pause/resume  .*Q detach'

keys Enter
wait_for 'K pause[a-z/]*  X kill'
keys K
wait_request '"pause"'
keys X
wait_for 'Kill worker'
keys Escape
wait_gone 'Kill worker'
keys p
wait_for 'p is no key here; \? shows all'

keys '?'
wait_for '^  X  +kill the worker'
keys Escape
wait_gone 'kill the worker'
keys Q
wait_end 0

# A file that is wrong is said before anything is shown.
echo '{"kil": ["X"]}' >"$DIR/config/pooltop/keys.json"
attach
wait_for 'keys.json:1:2: /kil: there is no action "kil"; did you mean "kill"\?'
wait_end 2
