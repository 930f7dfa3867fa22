# SPDX-License-Identifier: MIT
# Workers of every kind are killed and stopped by chance, while users steer the run; see tests/support/storm.py for what runs.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# With a time, so long; else each scenario once.
POOLTOP_JOBS=${POOLTOP_JOBS:-2} python3 "$POOLTOP_SOURCE/tests/support/storm.py" "$POOLTOP" --seconds "${POOLTOP_SECONDS:-45}" \
  ${POOLTOP_SECONDS:+--all-the-time} --kills 200 --stops 100 --seed "${POOLTOP_SEED:-1}" || complain "the storm's runs did not hold"
