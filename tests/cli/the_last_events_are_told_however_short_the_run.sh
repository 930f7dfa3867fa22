# SPDX-License-Identifier: MIT
# A run can be over before its front has asked once what happened: it is told all the same, before the summary.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >short.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}},
            {"name": "work", "retries": 2, "backoff": "1ms", "shell": "echo broken >&2; exit 5"},
            {"name": "save", "sink": {"discard": true}}]}
JSON
for _ in 1 2 3 4 5; do
  expect 1 pooltop run short.json --plain
  same "retries told" "$(grep -c 'RETRY work #0 .*try [12]/3' err)" 2
  has err "short started, engine"
  same "order" "$(grep -oE 'RETRY|FAIL|done, 1 of 1 failed' err | tr '\n' ' ')" "RETRY RETRY FAIL done, 1 of 1 failed "
done

# All of stderr is JSON there: what pooltop itself has to say too.
expect 1 pooltop run short.json --json-lines
same "events" "$(python3 -c 'import json, sys; print([json.loads(line)["event"] for line in open("err")])')" \
  "['message', 'started', 'retry', 'retry', 'failed', 'ended']"
has err "replaces what the run before left"
expect 2 pooltop run absent.json --json-lines
python3 -c 'import json; [json.loads(line) for line in open("err")]' || complain "stderr is not JSON: $(cat err)"

# A worker's death is told with what its child said last, and not with what the one before had said.
cat >dies.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["x"]}},
            {"name": "work", "worker": ["sh", "-c", "echo out of $$ >&2; exit 3"], "backoff": "1ms",
             "max_restarts": {"count": 1, "within": "60s"}},
            {"name": "save", "sink": {"discard": true}}]}
JSON
expect 3 pooltop run dies.json --plain
same "crashes told" "$(grep -c 'CRASH work' err)" 2
same "what they said" "$(grep -c '^    out of' err)" 2
# So is why nobody is left, and the failed list has it too.
grep -q 'no worker is left: more than 1 restarts of one worker within [0-9a-z]*; exit 3; it said last: out of' err || complain "$(cat err)"
expect 1 pooltop run dies.json --plain --set work.crash_retries=0 --set 'work.max_restarts={"count": 100, "within": "60s"}'
pooltop failed dies --json >failed.json
grep -q '"stderr":"out of ' failed.json || complain "$(cat failed.json)"

# No file is a warning, and no failure.
cat >none.json <<'JSON'
{"stages": [{"name": "files", "source": {"glob": "*.none"}}, {"name": "save", "sink": {"discard": true}}]}
JSON
expect 0 pooltop run none.json --plain
has err "stage files: no file matched"
