# SPDX-License-Identifier: MIT
# Where items are: the queues with their first items.
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
keys q
wait_end 0
