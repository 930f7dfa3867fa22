# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/doubler.json --plain

same "lines" "$(wc -l <doubled.txt)" 15
same "processes" "$(grep -o 'process [0-9]*' doubled.txt | sort -u | wc -l)" 15
for stage in by_fork by_forkserver by_spawn; do
  same "$stage" "$(grep "of $stage\$" doubled.txt | sort -n | sed 's/ by .*//' | tr '\n' ';')" \
    "5 doubled to 10;10 doubled to 20;15 doubled to 30;20 doubled to 40;25 doubled to 50;"
done
