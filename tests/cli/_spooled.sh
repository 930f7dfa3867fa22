# SPDX-License-Identifier: MIT
# Sourced by the tests of sources that cannot be read again.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

runs=$XDG_STATE_HOME/pooltop/runs
kill_all() { kill -KILL $(runs_left) 2>/dev/null; until_true 20 none_left; }
resumable() { pooltop ps --all --json | python3 -c 'import json, sys; print({r["run"]: r["resumable"] for r in json.load(sys.stdin)}[sys.argv[1]])' "$1"; }

# gates NAME SOURCE: items from 20 on wait for the file one, from 40 on for two. The queue is short, so the engine does
# not have all items when the source has given the last.
gates() {
  cat >"$1.json" <<JSON
{"stages": [{"name": "come", "source": $2},
            {"name": "work", "capacity": 8, "workers": 2, "crash_retries": 100,
             "shell": "echo x >>ran-$1; n=\${1#item }; [ \$n -lt 20 ] || [ -e one ] || exec sleep 1000; [ \$n -lt 40 ] || [ -e two ] || exec sleep 1000; echo \"\$1\""},
            {"name": "save", "sink": {"lines": "saved-$1"}, "ordered": true},
            {"name": "list", "sink": {"jsonl": "listed-$1"}, "from": "work"}]}
JSON
}
