# SPDX-License-Identifier: MIT
exec python3 "$POOLTOP_SOURCE/tests/lint/rules.py" includes_follow_the_rooms
