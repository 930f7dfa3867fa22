# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"
ln -s "$POOLTOP_SOURCE/configs" configs

expect 0 pooltop run configs/creator-consumer.json --plain

same consumed "$(tr '\n' ' ' <consumed.txt)" "10 20 26 "
same "items of the consumer" "$(status_of creator-consumer '[x["in"] for x in s["stages"] if x["name"] == "consumer"]')" "[3]"

# One END for each of many consumers, and what follows the sentinel is not read.
expect 0 pooltop run configs/creator-consumer.json --plain --set consumer.workers=7 --set 'creator.source.items=[5, 10, -1, 13]'
same consumed "$(sort -n consumed.txt | tr '\n' ' ')" "10 20 "
