# SPDX-License-Identifier: MIT
# SIGKILL for the engine, its guardian, its workers, the front, or all of them, at random moments, again and again: after
# the last `run --resume` an ordered file is byte for byte that of an undisturbed run, an unordered one a permutation of
# it, and every item is in exactly one place: written or on the list of failed items. With fan-out, fan-in, one to many,
# dropped, retried and failed items in flight. The checker reads the source, the files and the failed list alone.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

seed=${POOLTOP_SEED:-$RANDOM} seconds=${POOLTOP_SECONDS:-0}
expect 0 timeout -k 5 $((seconds + 220)) python3 "$POOLTOP_SOURCE/tests/support/interruptions.py" "$POOLTOP" "$seed" \
  "${POOLTOP_KILLS:-25}" "$seconds"
cat out
until_true 20 none_left
