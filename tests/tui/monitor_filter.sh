# SPDX-License-Identifier: MIT
# Which workers are shown, and in which order: typed, kept, cleared; actions hit what the cursor is on.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for '>v fetch'

keys 2
wait_for 'Workers: all stages \(16\)'
keys /
wait_for '^ filter: '
keys -l 'state:busy item-t>30'
wait_for 'Workers: all \(16\).* filter: state:busy item-t>30 \(1 of 16\)'
wait_for '^>  21872'
shows '^   21871' && fail "a row that does not fit is shown"
keys -l ' stat:busy'
wait_for 'no column "stat": state:\?'
keys BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace Enter
wait_for '1 of 16 workers shown; Esc shows all again'
keys p
wait_request '"pause", "targets": \[21872\]'

keys Escape
wait_for 'all rows are shown'
wait_for '^   21871'
wait_for '^>  21872'

keys s
wait_for 'Sort the workers by'
keys j j j j j j j j j Enter
wait_for 'rows are sorted by cpu, largest first; I inverts'
wait_for 'sort: cpu desc'
wait_for '^>  21872'
keys I
wait_for 'sort: cpu asc'
wait_for '^>  21872'

keys T T
wait_for 'rows are grouped by state'
wait_for '─ paused \([0-9]+\)'

keys F4 paused Enter V
wait_for '3 marked'
keys Escape / 2188 Enter
wait_for '3 marked \(1 hidden\)'
keys K
wait_for 'Kill 3 workers\?'
wait_for 'of the marked ones are not among the rows shown'
keys Escape
wait_gone 'Kill 3'
no_request '"kill"'

keys q
wait_end 0
