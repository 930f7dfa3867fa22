# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

cat >watched.json <<'JSON'
{"stages": [{"name": "numbers", "source": {"range": [0, 120]}},
            {"name": "nap", "workers": 2, "shell": "[ $1 -lt 20 ] || until [ -e seen ]; do sleep 0.1; done; printf %s $1"},
            {"name": "save", "sink": {"lines": "saved.txt"}}]}
JSON
start_terminal 80 24
# The front's child that shows the screen has the front's command line and name.
monitor_of() {
  local pid parent
  for pid in $(pgrep -f -- "run $1\$"); do
    parent=$(awk '{ print $4 }' "/proc/$pid/stat")
    [ "$(cat "/proc/$pid/comm" "/proc/$parent/comm" | tr '\n' ' ')" = "pooltop pooltop " ] && echo "$pid"
  done
}
type_line "stty -a >before.txt"

# The run does not end before the message has been seen.
for signal in KILL SEGV; do
  rm -f seen
  type_line "clear; '$POOLTOP' run watched.json; echo status=\$?"
  wait_screen RUNNING
  monitor=$(monitor_of watched.json)
  until_true 10 status_is watched 's["items"]["done"] > 5'
  kill -"$signal" "$monitor"
  wait_screen "the monitor was killed by SIG$signal"
  wait_screen "pooltop attach watched"
  touch seen
  wait_screen "status=0"
  same "every item once after SIG$signal" "$(sort -n saved.txt)" "$(seq 0 119)"
done

type_line "stty -a >after.txt; echo comp''ared"
wait_screen compared
cmp before.txt after.txt || complain "the terminal is not as it was"
same "alternate screen" "$(tm display-message -p '#{alternate_on}')" 0
