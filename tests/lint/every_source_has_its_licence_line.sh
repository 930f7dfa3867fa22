# SPDX-License-Identifier: MIT
exec python3 "$POOLTOP_SOURCE/tests/lint/rules.py" every_source_has_its_licence_line
