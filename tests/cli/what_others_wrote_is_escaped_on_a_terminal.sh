# SPDX-License-Identifier: MIT
# Items and what programs write can hold anything. A terminal gets no control character of it; a pipe gets the bytes.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >evil.json <<'JSON'
{"stages": [{"name": "one", "source": {"items": ["\u001b[31m\u009b2J\u202e"]}},
            {"name": "work", "shell": "printf 'bad \\033]0;x\\007 \\302\\233 \\342\\200\\256 \\377\\n' >&2; exit 3"},
            {"name": "save", "sink": {"discard": true}}]}
JSON
# on_terminal COMMAND...: its output on a terminal of its own, in the file `seen`.
on_terminal() {
  python3 - "$@" >seen <<'PY'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
os.waitpid(pid, 0)
PY
}
# No escape, BEL, C1 (as UTF-8) or bidirectional override, and no byte that is not UTF-8.
clean() {
  python3 -c 'import sys; t = open("seen", "rb").read().decode(); sys.exit(not t or any(c in t for c in "\x1b\x07\x9b\u202e"))' ||
    complain "not fit for a terminal: $*: $(od -c seen | head)"
}
expect 1 pooltop run evil.json --plain
for words in "failed evil" "failed evil --json" "logs evil" "status evil" "status evil --json"; do
  on_terminal "$POOLTOP" $words
  clean "$words"
done
for words in "check $(printf 'e\033[31m.json')" "run evil.json --interval $(printf '1\033s')" "run evil.json --color $(printf '\033')"; do
  on_terminal "$POOLTOP" $words
  clean "$words"
done
expect 0 pooltop logs evil
has out $'\x1b]0;x'
same "failed --json in a pipe" "$(pooltop failed evil --json | python3 -c 'import json, sys; print(ascii(json.load(sys.stdin)["item"]))')" "'\\x1b[31m\\x9b2J\\u202e'"
on_terminal "$POOLTOP" failed evil --json
same "failed --json on a terminal" "$(python3 -c 'import json; print(ascii(json.load(open("seen"))["item"]))')" "'\\x1b[31m\\x9b2J\\u202e'"
