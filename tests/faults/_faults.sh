# SPDX-License-Identifier: MIT
# Sourced: calls fail in the processes of these groups, as faults.py says.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

calls_fail_in() {
  local seed=${POOLTOP_SEED:-$RANDOM} seconds=${POOLTOP_SECONDS:-20}
  expect 0 timeout -k 5 $((seconds + 200)) python3 "$POOLTOP_SOURCE/tests/faults/faults.py" "$POOLTOP" \
    "$POOLTOP_BUILD/tests/faults/libfaults.so" "$seed" "$seconds" "$@"
  cat out
  until_true 20 none_left
}
