# SPDX-License-Identifier: MIT
# Workers of every kind are killed and stopped by chance; see tests/support/storm.py for what runs.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

python3 "$POOLTOP_SOURCE/tests/support/storm.py" "$POOLTOP" --seconds 45 --kills 200 --stops 100 --seed "${POOLTOP_STORM_SEED:-1}" ||
  complain "the storm's runs did not hold"
