# SPDX-License-Identifier: MIT
# --read-only watches: no action is offered, none is sent.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 100 24
attach --read-only
wait_for 'read-only'
wait_for '>v fetch'
wait_gone 'p pause'
keys Enter
wait_for 'i inspect'
wait_gone 'K kill'
keys Escape p
wait_for 'this monitor only watches'
keys Enter K P + D
keys c
wait_for 'Settings of fetch'
wait_for '^> workers'
wait_gone 'W write'
keys + Enter W u DC
keys Escape
wait_gone 'Settings of fetch'
keys '?'
keys PageDown
wait_for 'not with --read-only'
keys Escape q
wait_end 0
for command in pause kill scale stop restart set; do no_request "\"$command\""; done
