# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/columns.json --plain

{ echo a_,b_,c_; for n in $(seq 0 49); do echo "$n,$((n * n)),$((n * n * n))"; done; } >wanted.csv
cmp wanted.csv columns.csv || complain "the table differs"
