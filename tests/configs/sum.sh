# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/sum.json --plain

same sum "$(cat sum.txt)" 4999999950000000
same chunks "$(status_of sum 's["items"]["done"]')" 4
