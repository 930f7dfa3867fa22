# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/documents.json --plain

same files "$(ls configs/documents/*.txt | wc -l)" 17
python3 - <<'PY' || complain "the table is not what the documents hold"
import csv, glob, re
rows = list(csv.DictReader(open("documents.csv", newline="")))
wanted = []
for path in sorted(glob.glob("configs/documents/*.txt")):
    for number, title, body in re.findall(r'<doc id="([^"]*)" title="([^"]*)">(.*?)</doc>', open(path).read(), re.S):
        wanted.append({"id": number, "title": title, "words": str(len(body.split())), "text": " ".join(body.split())})
assert rows == wanted, (len(rows), len(wanted))
PY

# A file that is not well formed fails alone, with Python's traceback.
mkdir more && cp configs/documents/01-queues.txt more/ && echo nothing >more/02-bad.txt
expect 1 pooltop run configs/documents.json --plain --set 'files.source.glob=more/*.txt'
same "rows" "$(wc -l <documents.csv)" 2
expect 0 pooltop failed documents
has out "ValueError"
