# SPDX-License-Identifier: MIT
# Where items are: the queues with their first items, the failed ones; what can be done for them.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for 'crawl  RUNNING'

keys 3
wait_for '\[3\] Queues \(4\)'
wait_request '"peek", "stage": "fetch", "count": 20'
wait_for 'First items before fetch \(20 of 256\)'
wait_for '#3020 +6.2s +24 +example.org/b/0000.html'
keys Enter Down
wait_for '^> +#3021'
engine take 1
wait_gone '#3020'
wait_for '^> +#3021'
engine take 2
wait_for '^\? +#3023'
keys Down
wait_for '^> +#3023'
keys Escape
wait_for 'Enter items'
keys Escape
wait_for '\[2\] Workers of fetch'

keys 4
wait_for '\[4\] Failed \(2\), tried again \(1\)'
wait_for '^> +#2411 +fetch +3 +x exit 22 after 1.1s +example.org/gone.html'
wait_for 'stderr +curl: \(22\) The requested URL returned error: 404'
wait_for '#2790 +fetch +3 +x exit 3 after 1.1s +example.org/.x1b\[2Jodd.html'
wait_for '#2988 +fetch +2/3 +in work 32s at 21872'
keys x
wait_for 'it has failed for good already'
no_request '"fail"'
keys G x
wait_for 'Fail item #2988 of fetch for good'
wait_for 'The worker that has it is killed, a new one comes'
keys x
wait_request '"fail", "stage": "fetch", "ids": \["2988"\], "kill": true'
wait_for '\[4\] Failed \(3\), tried again \(0\)'
wait_for '^> +#2988 +fetch +3 +x exit 56'

keys g
wait_for '^> +#2411'
engine refuse not_possible
wait_for 'Failed'
keys R
wait_request '"failed", "retry": true, "stage": "fetch", "ids": \["2411"\]'
wait_for 'refused: not today \(not_possible\)'
keys R
wait_for '#2411 of fetch is back in the queue'
wait_for '\[4\] Failed \(2\)'
lacks '^> +#' || fail "the cursor went to another item by itself"
keys V R
wait_for 'Give back 2 failed items'
keys r
wait_request '"failed", "retry": true}'
wait_for 'no item has failed'
wait_for 'given back: 2 items'

keys 1
wait_for '\[1\] Pipeline'
keys q
wait_end 0
