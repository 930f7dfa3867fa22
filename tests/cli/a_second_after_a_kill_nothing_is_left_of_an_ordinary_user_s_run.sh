# SPDX-License-Identifier: MIT
# The same for a run of an ordinary user, who may do less to processes: where this test itself is one, the other script
# has said so already.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

user=65532
as_user() { setpriv --reuid=$user --regid=$user --clear-groups "$@"; }
if ! as_user true 2>err; then
  echo "left out: no other user here: $(cat err)"
  exit 0
fi
script=tests/cli/a_second_after_a_kill_nothing_is_left.sh
chmod 755 "$here"
mkdir -m 777 tmp
mkdir -p source/tests/cli source/tests/support
install -m 755 "$POOLTOP" program
install -m 644 "$POOLTOP_SOURCE/$script" source/tests/cli
install -m 644 "$POOLTOP_SOURCE/tests/support/shell.sh" source/tests/support
expect 0 as_user env -u XDG_STATE_HOME -u XDG_RUNTIME_DIR HOME="$here/tmp" TMPDIR="$here/tmp" POOLTOP="$here/program" \
  POOLTOP_SOURCE="$here/source" bash "source/$script"
