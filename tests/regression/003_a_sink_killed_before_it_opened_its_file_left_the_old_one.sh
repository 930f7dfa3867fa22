# SPDX-License-Identifier: MIT
# A run without items ended although its sink had been killed before it made its file: what lay there stayed.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >nothing.json <<'JSON'
{"stages": [{"name": "none", "source": {"items": []}}, {"name": "save", "sink": {"lines": "saved"}}]}
JSON
# As long as nobody reads the FIFO its opening waits.
mkfifo saved
expect 0 pooltop run nothing.json --detach
until_true 20 status_is nothing 's["stages"][0]["state"] == "done" and s["workers"][-1]["stage"] == "save"'
kill -KILL "$(status_of nothing 's["workers"][-1]["pid"]')"
until_true 20 status_is nothing 's["stages"][1]["restarts"] == 1 and s["state"] == "running"'
cat saved >read &
expect 0 pooltop wait nothing
wait $!
same "what was read" "$(cat read)" ""
