# SPDX-License-Identifier: MIT
exec python3 "$POOLTOP_SOURCE/tests/lint/rules.py" links_lead_somewhere
