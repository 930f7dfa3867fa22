# SPDX-License-Identifier: MIT
exec python3 "$POOLTOP_SOURCE/tests/lint/rules.py" tests_wait_for_events
