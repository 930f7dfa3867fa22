# SPDX-License-Identifier: MIT
# Real keys in a real terminal: each shows what it does, and sends just that to the engine.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for 'crawl  RUNNING'
wait_for '>v fetch'

keys j
wait_for '>v parse'
keys k p
wait_request '"pause", "targets": \["fetch"\]'
wait_for 'paused stage fetch'
wait_for '\$ pooltop pause crawl fetch'

keys Enter Down
wait_for '^>  21872'
keys p
wait_request '"pause", "targets": \[21872\], "started_at": "2026-01-31T12:00:00Z"'
wait_for 'paused worker 21872, its item is kept'

keys K
wait_for 'Kill worker 21872'
wait_for '\[Cancel\]'
keys Enter
wait_gone 'Kill worker'
no_request '"kill"'
keys K
wait_for 'Kill worker 21872'
keys x
wait_request '"fail", "stage": "fetch", "ids": \["2988"\], "kill": true'
wait_for '#2988 of fetch failed for good, its worker is killed'

engine refuse stale_pid
keys p
wait_for 'refused: not today \(stale_pid\)'

keys r
wait_for 'Restart worker 21872'
keys n
wait_request '"restart", "targets": \[21872\], "started_at": "[^"]*", "now": true'

keys Escape +
wait_request '"scale", "stage": "fetch", "workers": 9'
wait_for 'fetch goes up to 9 workers'

keys '?'
wait_for 'Moving'
wait_for 'one row up'
keys Escape
wait_gone 'one row up'

engine output GET https://example.org/slow.bin
keys o
wait_for 'out  GET https://example.org/slow.bin'
keys Escape
wait_for '\[2\] Workers of fetch'

keys @
wait_for 'pooltop scale crawl fetch 9'
keys q
wait_gone 'Actions done here'

keys q
wait_end 0
