# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/quickstart.json --plain --set 'files.source.glob=["/usr/include/*.h"]'

same "one line per header" "$(wc -l <checksums.txt)" "$(find -L /usr/include -maxdepth 1 -name '*.h' -type f | wc -l)"
sha256sum --check --quiet checksums.txt || complain "wrong checksums"
same "workers of hash" "$(status_of quickstart '[x["workers"] for x in s["stages"]][1]')" 4

# As it is, it is long enough to be watched: 4 workers, a nap of 0.05 s an item.
[ "$(find /usr/include -name '*.h' -type f | wc -l)" -gt 1200 ] || complain "fewer headers than 15 s take"
