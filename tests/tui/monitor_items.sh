# SPDX-License-Identifier: MIT
# Where items are: the queues with their first items, the failed ones, the way of one; what can be done
# for them.
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

# The way of an item, from the worker that has it, and where it goes when that one is killed.
keys 1 Enter
wait_for '^> +21871'
keys Down Enter
wait_for 'Worker 21872'
wait_for 'Enter item'
keys Enter
wait_request '"item", "stage": "fetch", "item_id": "2988"'
wait_for 'Item #2988 of fetch'
wait_for 'now +given back by you; in work at 21872 for 32s, try 1/3'
wait_for 'try 1 +12:00:42 +given back, then killed by you after 0.7s +at 21874'
wait_for 'try 2 +12:00:37 +its worker died: ended by SIGSEGV after 2.0s'
wait_for 'stderr +curl: \(56\) Recv failure: .x1b\[31mConnection reset'
engine set item.now '{"state": "retrying", "attempt": 2, "max_attempts": 3, "next_try_s": 1.5}'
wait_for 'now +retry in 1.5s, try 2/3'
engine set item.now '{"state": "in_work", "attempt": 2, "max_attempts": 3, "elapsed_s": 1, "pid": 21872}'
wait_for 'Enter worker'
keys Enter
wait_for 'Worker 21872'

keys K
wait_for 'Its item goes back to the queue, no try is charged'
keys 9
wait_for 'killed 21872, its item goes back'
engine set workers.2.pid 30000
engine set item.now '{"state": "queued", "attempt": 2, "max_attempts": 3, "age_s": 1}'
wait_for 'This process is gone'
keys Enter
wait_for 'now +waits in the queue, try 2/3'
keys Escape
wait_for 'This process is gone'

keys 1
wait_for '\[1\] Pipeline'
keys q
wait_end 0
