# SPDX-License-Identifier: MIT
# Sourced by the tests of `run --resume`: a run whose second half waits for the file `go`, and its interruption.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# The engine of a run, killed; its tree and its front end with it.
interrupt() {
  local engine
  engine=$(status_of "$1" 's["pid"]') && kill -KILL "$engine"
  expect 3 pooltop wait "$1"
  until_true 20 none_left
}

seq 0 99 >numbers
cat >steps.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"lines": "numbers"}},
            {"name": "work", "command": ["sh", "-c", "echo $1 >>ran; [ $1 -lt 50 ] || [ -e go ] || exec sleep 1000; echo $1", "sh", "{}"], "workers": 2},
            {"name": "save", "sink": {"lines": "saved"}, "ordered": true}]}
JSON
