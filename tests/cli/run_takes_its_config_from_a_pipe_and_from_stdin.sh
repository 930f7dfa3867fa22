# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

config='{"name": "piped", "stages": [{"name": "numbers", "source": {"range": [1, 4]}}, {"name": "square", "op": "square"}]}'

printf '%s' "$config" | "$POOLTOP" run - --plain >out 2>err || complain "run -"
same stdout "$(tr '\n' ' ' <out)" "1 4 9 "

expect 0 pooltop run <(printf '%s' "$config") --plain
same stdout "$(tr '\n' ' ' <out)" "1 4 9 "

expect 2 pooltop run - --plain
has err "-"

printf '%s' '{"name": "both", "stages": [{"name": "in", "source": {"lines": "-"}}, {"name": "out", "op": "identity"}]}' >both.json
printf 'a\nb\n' | "$POOLTOP" run both.json --plain >out 2>err || complain "items from stdin"
same stdout "$(tr '\n' ' ' <out)" "a b "
"$POOLTOP" run - --plain <both.json >out 2>err
same "config and items from stdin" "$?" 2
has err "both read stdin"
