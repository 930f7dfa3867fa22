# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/kill/_kill.sh"
kill_at spool_
