# SPDX-License-Identifier: MIT
# Sourced: kills at every point whose name begins so, as kill_points.py says.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

kill_at() {
  local seed=${POOLTOP_SEED:-$RANDOM} seconds=${POOLTOP_SECONDS:-25}
  expect 0 timeout -k 5 $((seconds + 200)) python3 "$POOLTOP_SOURCE/tests/kill/kill_points.py" "$POOLTOP" "$seed" "${POOLTOP_KILLS:-10}" \
    "$seconds" "$@"
  cat out
  until_true 20 none_left
}
