# SPDX-License-Identifier: MIT
# Colours, no colours, and what a terminal can show.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
colored() { colored_screen | grep -qE $'\e\\[([0-9]+;)*(3[0-7]|9[0-7])(;[0-9]+)*m'; }

attach
wait_for '>v fetch'
colored || fail "no colours"
keys q
wait_end 0

for way in 'NO_COLOR=1' 'NO_COLOR=1 TERM=vt100' 'TERM=linux'; do
  keys clear Enter
  run_it "env $way $POOLTOP attach crawl"
  wait_for '>v fetch'
  case $way in NO_COLOR*) colored && fail "colours with $way" ;; esac
  case $way in *TERM*) screen | LC_ALL=C grep -q '[^ -~]' && fail "$way shows more than ASCII" ;; esac
  keys q
  wait_end 0
done

keys clear Enter
run_it "$POOLTOP attach crawl --color never"
wait_for '>v fetch'
colored && fail "colours with --color never"
keys q
wait_end 0

keys clear Enter
run_it "LC_ALL=C $POOLTOP attach crawl"
wait_for '=\[1\] Pipeline='
screen | LC_ALL=C grep -q '[^ -~]' && fail "LC_ALL=C shows more than ASCII"
keys q
wait_end 0

for way in 'TERM=dumb' 'TERM=no-such-terminal' 'TERM='; do
  keys clear Enter
  run_it "env $way $POOLTOP attach crawl"
  wait_end 2
  wait_for 'TERM'
done
