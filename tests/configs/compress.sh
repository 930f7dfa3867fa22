# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/compress.json --plain

count=0
for header in /usr/include/*.h; do
  [ -f "$header" ] || continue
  gzip -dc "compressed/${header##*/}.gz" | cmp -s - "$header" || complain "$header is not in compressed/"
  count=$((count + 1))
done
same "one size per header" "$(wc -l <sizes.txt)" "$count"
same "half files" "$(find compressed -name '*.part')" ""
