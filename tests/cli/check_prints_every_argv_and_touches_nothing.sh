# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >plan.json <<'JSON'
{"stages": [{"name": "files", "source": {"command": ["ls", "-1", "${WHERE}"]}},
            {"name": "hash", "command": ["sha256sum", "--", "{}"], "workers": 2, "retries": 1, "timeout": "30s"},
            {"name": "stay", "worker": ["tr", "a-z", "A-Z"], "window": 2},
            {"name": "python", "python": "json:loads", "interpreter": "python3"},
            {"name": "shell", "shell": "echo \"$1\" >touched.txt"},
            {"name": "save", "sink": {"lines": "saved.txt"}},
            {"name": "sorted", "from": ["shell"], "sink": {"command": ["sort", "-o", "sorted.txt"]}}]}
JSON
before=$(find . | sort)
expect 0 pooltop check plan.json --var WHERE=/usr/include
has out '["ls", "-1", "/usr/include"]'
has out '["sha256sum", "--", "{}"]'
has out '["tr", "a-z", "A-Z"], which stays; protocol lines'
has out '["python3"], which stays and calls json:loads'
has out '["/bin/sh", "-c",'
has out 'lines to "saved.txt"; each item at most once'
has out '["sort", "-o", "sorted.txt"], each item is a line on its stdin; each item at least once'
rm -f out err
same "files" "$(find . | sort)" "$before"

expect 2 pooltop check plan.json
has err 'plan.json:1:'
has err '${WHERE}'
expect 2 pooltop check plan.json --var WHERE=/ --set hash.wrokers=2
has err 'did you mean "workers"'
