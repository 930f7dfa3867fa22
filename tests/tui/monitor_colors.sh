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

# C goes from theme to theme: with green and red, without what is unreadable on white, without green and red, without
# any.
has_color() { colored_screen | grep -qE $'\e\\[([0-9]+;)*'"($1)"$'(;[0-9]+)*m'; }
has_no_color() { ! has_color "$1"; }
keys clear Enter
attach
wait_for '>v fetch'
until_true $WAIT_S has_color '31|32' || fail "the theme default is neither red nor green"
keys C
wait_for 'theme light: '
until_true $WAIT_S has_no_color '33|36' || fail "the theme light is yellow or cyan"
has_color 31 || fail "the theme light is not red"
keys C
wait_for 'theme cb: '
until_true $WAIT_S has_no_color '31|32' || fail "the theme cb is red or green"
has_color 34 || fail "the theme cb is not blue"
keys C
wait_for 'theme mono: '
until_true $WAIT_S has_no_color '3[0-7]' || fail "the theme mono has colours"
keys C
wait_for 'theme default: '
until_true $WAIT_S has_color '31|32' || fail "the theme default is neither red nor green"
keys q
wait_end 0

keys clear Enter
run_it "$POOLTOP attach crawl --theme cb"
wait_for '>v fetch'
has_no_color '31|32' || fail "--theme cb is red or green"
keys q
wait_end 0

# A terminal that says that it is white gets the theme for it, unless another one is asked for.
keys clear Enter
run_it "COLORFGBG='0;default;15' $POOLTOP attach crawl"
wait_for '>v fetch'
has_no_color '33|36' || fail "yellow or cyan on a terminal that says it is white"
has_color 31 || fail "no colours on a terminal that says it is white"
keys q
wait_end 0
keys clear Enter
run_it "COLORFGBG='0;default;15' $POOLTOP attach crawl --theme default"
wait_for '>v fetch'
until_true $WAIT_S has_color '33|36' || fail "--theme default was not taken"
keys q
wait_end 0

for way in "$POOLTOP attach crawl --color never" "env TERM=vt100 $POOLTOP attach crawl"; do
  keys clear Enter
  run_it "$way"
  wait_for '>v fetch'
  keys C
  wait_for 'no colours'
  keys q
  wait_end 0
done

for way in 'TERM=dumb' 'TERM=no-such-terminal' 'TERM='; do
  keys clear Enter
  run_it "env $way $POOLTOP attach crawl"
  wait_end 2
  wait_for 'TERM'
done
