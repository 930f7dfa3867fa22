# SPDX-License-Identifier: MIT
# After a run with crashes and failures, by a user who lets everybody read what he makes: whatever lies in the run's
# directory is for its owner alone, and what was said of the crashes holds nothing of the items.
. "$POOLTOP_SOURCE/tests/support/shell.sh"
umask 000
ulimit -c 0

# only_mine DIRECTORY: every directory in it is 0700, every file 0600, the socket too.
only_mine() {
  find "$1" \( -type d ! -perm 700 -o ! -type d ! -perm 600 \) -printf '%p %m\n' >open_to_others
  [ ! -s open_to_others ] || complain "open to others: $(cat open_to_others)"
}

cat >secret.json <<'JSON'
{"stages": [{"name": "items", "source": {"items": ["s3cret-0", "s3cret-1", "s3cret-2"]}},
            {"name": "fail", "shell": "exit 3"},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
expect 1 pooltop run secret.json --plain
lacks err s3cret
expect 0 pooltop failed secret
has out s3cret-1

# A worker that dies, then the engine.
cat >crash.json <<'JSON'
{"stages": [{"name": "items", "source": {"items": ["s3cret-0", "s3cret-1", "s3cret-2", "s3cret-3"]}},
            {"name": "stay", "op": "sleep", "args": {"seconds": 1000}, "crash_retries": 0},
            {"name": "rest", "sink": {"lines": "saved"}}]}
JSON
"$POOLTOP" run crash.json --plain >out 2>err </dev/null &
front=$!
until_true 20 status_is crash 's["stages"][1]["busy"] == 1'
kill -SEGV "$(status_of crash '[w["pid"] for w in s["workers"] if w["stage"] == "stay"][0]')"
until_true 20 grep -q 'SIGSEGV' err
until_true 20 status_is crash 's["items"]["failed"] == 1 and s["stages"][1]["busy"] == 1'
only_mine "$XDG_RUNTIME_DIR/pooltop"
kill -ABRT "$(status_of crash 's["pid"]')"
wait "$front"
same "exit" "$?" 3
has err "killed by SIGABRT"
lacks err s3cret
lacks out s3cret
lacks "$XDG_STATE_HOME/pooltop/runs/crash/engine.log" s3cret
only_mine "$XDG_STATE_HOME/pooltop"
only_mine "$XDG_RUNTIME_DIR/pooltop"
