# SPDX-License-Identifier: MIT
# --read-only watches: no action is offered, none is sent.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 100 24
attach --read-only
wait_for 'read-only'
wait_for '>v fetch'
wait_gone 'K kill'
keys p
wait_for 'this monitor only watches'
keys Enter K P + D
keys '?'
wait_for 'not with --read-only'
keys Escape q
wait_end 0
for command in pause kill scale stop restart; do no_request "\"$command\""; done
