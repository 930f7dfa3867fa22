# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

for shell in bash zsh fish; do
  expect 0 pooltop completion "$shell"
  cp out "completion.$shell"
  for word in run attach status json-lines read-only after-item; do has "completion.$shell" "$word"; done
done
bash -n completion.bash || complain "the bash completion is no bash"

mkdir bin && ln -s "$POOLTOP" bin/pooltop
touch pipe.json other.txt
complete_to() {
  PATH=$here/bin:$PATH bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pooltop; echo "${COMPREPLY[*]}"' - "$@"
}
same "commands" "$(complete_to pooltop sta)" "status"
same "options" "$(complete_to pooltop run --js)" "--json-lines"
same "configs" "$(complete_to pooltop run pi)" "pipe.json"
same "values" "$(complete_to pooltop kill --item r)" "requeue"
