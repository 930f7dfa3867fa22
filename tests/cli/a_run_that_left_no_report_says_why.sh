# SPDX-License-Identifier: MIT
# A detached run whose engine cannot go on has nobody to tell: who asks afterwards hears the reason.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >lost.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 2]}},
            {"name": "wait", "shell": "cat <gate; echo $1"},
            {"name": "rest", "sink": {"discard": true}}]}
JSON
mkfifo gate && exec {gate}<>gate
run_dir=$XDG_STATE_HOME/pooltop/runs/lost
expect 0 pooltop run lost.json --detach
until_true 20 status_is lost 's["stages"][1]["busy"] > 0'
mkdir "$run_dir/report.json.new"
expect 0 pooltop stop lost --now
expect 3 pooltop wait lost
has err "lost: it ended without a report: the report cannot be written"

# Of one that was killed there is no word.
rmdir "$run_dir/report.json.new"
expect 0 pooltop run lost.json --detach
until_true 20 status_is lost 's["stages"][1]["busy"] > 0'
kill -KILL "$(pooltop ps --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["pid"])')"
expect 3 pooltop wait lost
has err "lost: it ended without a report: its engine was killed"
