# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/faults/_faults.sh"
calls_fail_in others
