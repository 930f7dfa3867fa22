# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/words.json --plain --set 'texts.source.glob=["/usr/share/doc/lib*/copyright"]'

python3 - >wanted.txt <<'PY'
import glob, os
texts = [p for p in glob.glob("/usr/share/doc/lib*/copyright") if os.path.isfile(p)]
for count in sorted((len(open(p, "rb").read().split()) for p in texts), reverse=True):
    print(count)
PY
cmp wanted.txt words.txt || complain "counts differ"
[ -s words.txt ] || complain "no texts"
