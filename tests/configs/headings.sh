# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

# Pages of its own, and Debian's python3-doc where it is installed, from a server on 127.0.0.1.
mkdir pages
for n in $(seq 1 30); do
  printf '<html><body><h1 class="t">Page <em>%s</em>\n of 30</h1><h1>not this</h1></body></html>' "$n" >"pages/$n.html"
  printf '<a href="%s.html#top">%s</a>\n' "$n" "$n"
done >pages/index.html
echo '<p>no heading</p>' >pages/plain.html
echo '<a href="plain.html">plain</a> <a href="missing.html">gone</a> <a href="1.html">again</a>' >>pages/index.html
tutorial=$(find /usr/share/doc -path '*html/tutorial/index.html' 2>/dev/null | head -n 1)
[ -z "$tutorial" ] || ln -s "$(dirname "$(dirname "$tutorial")")" pages/python

python3 -u -m http.server 0 --bind 127.0.0.1 --directory pages >server.txt 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; finish' EXIT
until_true 20 grep -q 'port [0-9]' server.txt
base=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' server.txt)

# One page is missing: it fails alone, after three tries, and the others are there.
expect 1 pooltop run configs/headings.json --plain --var "URL=$base/" --set fetch.backoff=10ms
same headings "$(sort -V headings.txt)" "$(for n in $(seq 1 30); do echo "Page $n of 30"; done)"
same "the page that failed" "$(pooltop failed headings --json | python3 -c '
import json, sys
print([(f["item"].rsplit("/")[-1], len(f["attempts"])) for f in map(json.loads, sys.stdin)])')" "[('missing.html', 3)]"

if [ -n "$tutorial" ]; then
  (cd pages && for page in python/tutorial/*.html; do printf '<a href="%s">x</a>\n' "$page"; done >tutorial.html)
  expect 0 pooltop run configs/headings.json --plain --var "URL=$base/tutorial.html"
  grep -q "Whetting Your Appetite" headings.txt || complain "Python's tutorial has other headings: $(cat headings.txt)"
  same "headings" "$(wc -l <headings.txt)" "$(grep -l '<h1' pages/python/tutorial/*.html | wc -l)"
fi
