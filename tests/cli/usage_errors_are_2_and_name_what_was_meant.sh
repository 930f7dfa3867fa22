# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

refused() {
  local text=$1
  shift
  expect 2 pooltop "$@"
  has err "$text"
  same "stdout of pooltop $*" "$(cat out)" ""
}
refused 'did you mean "run"' rnu x.json
refused 'did you mean "run"' help rnu
refused 'one command at a time' help run x.json
for words in "help" "help run" "help failed"; do
  expect 0 pooltop $words
  cp out helped
  expect 0 pooltop ${words#help} --help
  cmp out helped || complain "pooltop $words is not what --help says"
done
refused 'did you mean --plain' run x.json --plian
refused 'one word too many: "b"' run a b
refused '--set' run x.json --set
refused '--var' run x.json --var NOEQUALS
refused 'no duration' run x.json --interval fast
refused '{auto,always,never}' run x.json --color maybe
refused '{default,light,cb,mono}' run x.json --theme pink
refused 'config is required' run
refused 'did you mean "square"' ops sqare
refused '{bash,zsh,fish}' completion tcsh
refused 'one word too many' stop a b
refused 'one word too many' attach --run a b
refused 'Usage'
# What is wrong without a run is told without one.
refused 'kill: which?' kill
refused 'kill: "hash" is no PID' kill hash
refused '--signal: must be one of KILL' kill 1 --signal STOP
refused 'restart: which?' restart
refused 'scale [RUN] STAGE N' scale hash
refused 'must be 1 to 4096, got "many"' scale hash many
refused 'must be 1 to 4096, got "0"' scale hash 0

expect 0 pooltop --version
grep -qE '^pooltop [0-9]+\.[0-9]+\.[0-9]+$' out || complain "version: $(cat out)"
for command in run attach replay wait ps status pause resume kill restart scale stop logs failed check ops schema clean completion; do
  expect 0 pooltop "$command" --help
  has out "Usage: pooltop $command"
  same "stderr of $command --help" "$(cat err)" ""
  ! grep -qE '^  +(words|config|name|shell) ' out || complain "$command --help shows names of the code's"
done
