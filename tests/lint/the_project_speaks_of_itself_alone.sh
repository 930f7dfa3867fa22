# SPDX-License-Identifier: MIT
exec python3 "$POOLTOP_SOURCE/tests/lint/rules.py" the_project_speaks_of_itself_alone
