# SPDX-License-Identifier: MIT
# A run's directory that is not safe to look into is passed over by `ps`, which says so; the others are listed.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

printf '{"stages": [{"name": "one", "source": {"range": [0, 1]}}, {"name": "out", "sink": {"discard": true}}]}' >one.json
runs=$XDG_STATE_HOME/pooltop/runs
for name in good open link foreign; do expect 0 pooltop run one.json --plain --name $name; done
chmod 777 "$runs/open"
mv "$runs/link" real && ln -s "$here/real" "$runs/link"
echo text >"$runs/file"
mkdir "$runs/no run's name"
wanted=("file: is a link or no directory" "link: is a link or no directory" "open: is open to others (mode 0777); if it is yours: chmod 700")
if [ "$(id -u)" = 0 ]; then
  chown 65534 "$runs/foreign"
  wanted+=("foreign: belongs to uid 65534, not to you (uid 0)")
else
  chmod 750 "$runs/foreign"
  wanted+=("foreign: is open to others (mode 0750)")
fi

for how in "" --json; do
  expect 0 pooltop ps --all $how
  same "lines of stderr" "$(wc -l <err)" 4
  for text in "${wanted[@]}"; do has err "pooltop: left out: $runs/$text"; done
  same "runs that are listed" "$(grep -oE '(^|"run": ")(good|open|link|foreign)\b' out | sed 's/.*"//')" good
done

# With nothing but those: the same, and that there is no run.
rm -r "$runs/good"
expect 0 pooltop ps --all
same "lines of stderr" "$(wc -l <err)" 5
has err "no run is going on, and none can be resumed"
same "stdout" "$(cat out)" ""
