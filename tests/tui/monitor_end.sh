# SPDX-License-Identifier: MIT
# When the run ends the monitor stays with its verdict; leaving prints the summary, and the exit status is the run's.
. "$(dirname "$0")/_lib.sh"
start_engine
open_terminal 80 24
attach
wait_for '>v fetch'
engine end done 1
wait_for 'DONE exit 1'
wait_for '1 shows the summary'
keys 1
wait_for 'Verdict'
wait_for 'q leave'
keys p
wait_for 'the run has ended'
keys q
wait_end 1
wait_for 'pooltop crawl: done, 2 of 9000 failed'
wait_for 'failed items .pooltop failed --retry.:'
lines=$(screen | sed -n '/^pooltop crawl:/,/^status/p' | wc -l)
[ "$lines" -le 13 ] || fail "the summary has more than 12 lines"
