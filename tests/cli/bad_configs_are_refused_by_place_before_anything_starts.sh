# SPDX-License-Identifier: MIT
# One config for each way to be wrong, and what is said of it: FILE:LINE:COLUMN, the path in it, what was found, what is
# accepted. By `run` and `check` alike: with status 2, nothing on stdout, nothing started and no file touched.
. "$POOLTOP_SOURCE/tests/support/shell.sh"
mkdir work && cd work || exit 1

cat >"$here/bad.py" <<'PY'
import json, os, subprocess, sys

pooltop, state, wrong = os.environ["POOLTOP"], os.environ["XDG_STATE_HOME"], 0

def complain(case, what):
    global wrong
    wrong += 1
    print(f"FAILED: {case}: {what}", file=sys.stderr)

def everything():
    found = {}
    for top in (".", state, os.environ["XDG_RUNTIME_DIR"]):
        for folder, folders, files in os.walk(top):
            for name in folders + files:
                path = os.path.join(folder, name)
                info = os.lstat(path)
                found[path] = (info.st_mode, info.st_size, info.st_mtime_ns)
    return found

def bad(case, text, *wanted, commands=("run", "check")):
    """wanted: beginnings of lines of stderr, "…" stands for anything; one for each error that the config has."""
    with open("c.json", "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    before = everything()
    for command in commands:
        words = [pooltop, command, "c.json"] + (["--plain"] if command == "run" else [])
        ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
        said = ended.stderr.decode()
        if ended.returncode != 2 or ended.stdout:
            complain(case, f"{command}: exit {ended.returncode}, stdout {ended.stdout[:200]!r}, stderr {said[:500]}")
        rows = said.splitlines()
        if len(rows) != len(wanted):
            complain(case, f"{command}: {len(rows)} lines, not {len(wanted)}: {said[:1000]}")
        for row, want in zip(rows, wanted):
            parts = (("pooltop: " if want.startswith("and ") else "c.json:") + want).split("…")
            at = len(parts[0]) if row.startswith(parts[0]) else -1
            for part in parts[1:]:
                at = row.find(part, at) if at >= 0 else -1
            if at < 0 or not row.isprintable():
                complain(case, f"{command}: got {row[:500]!r}, wanted {want!r}")
    if everything() != before:
        complain(case, "files were touched")

# A: what is no JSON.
bad("empty", "", "1:1: empty config")
bad("blanks", " \n\t\n", "1:1: empty config")
bad("trailing comma", '{"stages": [1,\n]}', "2:1: /stages: not JSON: …unexpected ']'…no comma before it")
bad("text behind the end", "{}\n {}", "2:2: not JSON: …expected end of input")
bad("single quotes", "{'stages': []}", "1:2: not JSON: …double quotes")
bad("open string", '{"stages": "', "1:13: not JSON: …missing closing quote")
bad("control byte", '{"stages": "a\x01"}', "1:14: not JSON: …must be escaped")
bad("NaN", '{"stages": NaN}', "1:12: not JSON: …NaN and Infinity")
bad("Infinity", '{"stages": Infinity}', "1:12: not JSON: …NaN and Infinity")
bad("1e400", '{"version": 1e400}', "1:13: /version: number out of range: 1e400 is beyond a double")
bad("leading zero", '{"version": 01}', "1:14: not JSON: …no zero before a number")
bad("lone surrogate", r'{"name": "\ud800"}', "1:17: not JSON: …surrogate")
bad("no UTF-8", b'{"name": "\xff"}', "1:11: byte 0xff is not UTF-8")
bad("UTF-16", '{"stages": []}'.encode("utf-16"), "1:1: UTF-16 text: save as UTF-8")
bad("100,000 brackets", "[" * 100_000, "1:65: /0/0…: nested deeper than 64")
bad("65 objects", '{"a":' * 65 + "1" + "}" * 65, "1:321: /a/a…: nested deeper than 64")
bad("10 M digits", '{"version": ' + "7" * 10_000_000 + "}", "1:13: /version: number longer than 64 characters", commands=("check",))
bad("a key twice", '{"stages": [{"name": "in",\n"source": {"range": [0, 3]},\n"name": "on"}]}',
    '3:1: /stages/0/name: key "name" given twice (line 1 and 3)')
bad("a list", "[]", "1:1: must be an object, got []")

# B: types and ranges, in the middle stage of three.
def stage(work, *wanted, case=None, more=""):
    bad(case or work, '{%s"stages": [{"name": "in", "source": {"range": [0, 3]}},\n{"name": "w", "op": "square", %s},\n'
        '{"name": "out", "sink": {"lines": "out.txt"}}]}' % (more, work), *wanted)

for value in ("0", "-1", "1.5", '"4"', "true", "null", "4097"):
    stage(f'"workers": {value}', f'2:42: /stages/1/workers: must be 1..4096 or "auto", got {value}')
stage('"workers": 99999999999999999999', "2:42: /stages/1/workers: number out of range: 99999999999999999999 does not fit 64 bits")
for value in ("0", str(2**40)):
    stage(f'"capacity": {value}', f"2:43: /stages/1/capacity: must be 1..1000000, got {value}")
for value in ("-1", '"5 parsecs"'):
    stage(f'"timeout": {value}', f'2:42: /stages/1/timeout: must be …"500ms", "5s", "2m", "1h" or seconds, got {value}')
stage('"retries": -1', "2:42: /stages/1/retries: must be 0..1000, got -1")
stage('"backoff": {"first": "5s", "max": "1s"}', '2:42: /stages/1/backoff: "max" must not be below "first"')
stage('"queue_bytes": "1MiB"', '1:20: /max_item_bytes: must be at most the "queue_bytes" of every stage (w has 1048576), got "2MiB"',
      more='"max_item_bytes": "2MiB", ')
stage('"worker_s": 4', '2:31: /stages/1/worker_s: unknown key; did you mean "workers"?')
bad("unknown kind", '{"stages": [{"name": "in", "source": {"range": [0, 3]}}, {"name": "w", "commnad": ["ls"]}]}',
    '1:58: /stages/1: must have one of "source", "op", "command", "shell", "worker", "python", "plugin" or "sink"',
    '1:72: /stages/1/commnad: unknown key; did you mean "command"?')
bad("no name", '{"stages": [{"source": {"range": [0, 3]}}]}', '1:13: /stages/0: must have a "name"')
for name in ("", "a/b", "..", "a\x1b[31m", "n" * 300):
    bad(f"name {name[:9]!r}", '{"stages": [{"name": %s, "source": {"range": [0, 3]}}]}' % json.dumps(name),
        '1:22: /stages/0/name: must be a name: a letter, then letters, digits, "_" or "-", at most 64, got "')
bad("one name twice", '{"stages": [{"name": "a", "source": {"range": [0, 3]}}, {"name": "a", "op": "square"}]}',
    '1:66: /stages/1/name: "a" is the name of two stages, /stages/0 too')
stage('"env": {"A": 1}', "2:44: /stages/1/env/A: must be a text without NUL, got 1")

# C: graphs.
def stages(case, text, *wanted):
    bad(case, '{"stages": [' + text + "]}", *wanted)

source = '{"name": "in", "source": {"range": [0, 3]}}'
sink = '{"name": "out", "sink": {"lines": "out.txt"}}'
bad("no stages", "{}", '1:1: must have "stages", the list of its stages')
stages("an empty list of stages", "", "1:12: /stages: must be a list of stages, not empty, got []")
stages("no source", '{"name": "w", "op": "square"}', "1:12: /stages: must have a source: none of its stages is one")
stages("an unknown upstream", source + ', {"name": "w", "op": "square", "from": "inn"}',
       '1:96: /stages/1/from: stage "inn" is not defined; did you mean "in"?; defined: in, w')
stages("an output that nobody reads", source + ', {"name": "w", "op": "square"}, {"name": "out", "sink": {"discard": true}, "from": "in"}',
       '1:58: /stages/1: nobody reads the output of "w"; only the last stage may print its results')
stages("a stage that nothing feeds", '{"name": "w", "op": "square"}, ' + source, "1:13: /stages/0: nothing feeds it: the first stage must be a source, or say \"from\"")
stages("a cycle", source + ', {"name": "a", "op": "square", "from": ["in", "b"]}, {"name": "b", "op": "square"}, {"name": "c", "op": "square"}',
       "1:96: /stages/1/from: is part of a cycle: a -> b -> a")
stages("a stage that reads itself", source + ', {"name": "w", "op": "square", "from": ["in", "w"]}', '1:96: /stages/1/from: "w" reads its own output')
stages("two sinks on one file", f'{source}, {sink}, {{"name": "too", "from": "in", "sink": {{"csv": "./out.txt"}}}}',
       '1:151: /stages/2/sink/csv: "./out.txt" is written by stage "out" too; a file has one sink')
stages("a sink in the middle", f'{source}, {sink}, {{"name": "w", "op": "square"}}', '1:105: /stages/2: nothing feeds it: the stage before it is a sink; say "from"')
stages("a stage that reads a sink", f'{source}, {sink}, {{"name": "w", "op": "square", "from": "out"}}', '1:143: /stages/2/from: "out" is a sink: it has no output to read')
stages("10,001 stages", source + "".join(f',{{"name":"s{i}","op":"square"}}' for i in range(10_000)), "1:12: /stages: must be at most 10000 stages, got 10001")

# D: programs and files, named from here.
def files(case, source, work, sink, *wanted):
    stages(case, '{"name": "in", "source": {%s}},\n{"name": "w", %s},\n{"name": "out", "sink": {%s}}' % (source, work, sink), *wanted)

for name, text in (("data", "1\n"), ("plain", "echo\n"), ("script", "#!/no/such/interpreter\n")):
    with open(name, "w") as file:
        file.write(text)
os.link("data", "same")
os.chmod("script", 0o755)
os.mkdir("folder")
given, kept, work = '"lines": "data"', '"lines": "out.txt"', '"op": "square"'
files("a program that is not in PATH", given, '"command": ["nosuchprogram", "{}"]', kept, "2:26: /stages/1/command: nosuchprogram is not in PATH: " + os.environ["PATH"])
files("a program that is not there", given, '"command": ["./none", "{}"]', kept, f"2:26: /stages/1/command: ./none: No such file or directory")
files("not executable", given, '"command": ["./plain", "{}"]', kept, f"2:26: /stages/1/command: ./plain is not executable")
files("a directory as a program", given, '"command": ["./folder", "{}"]', kept, f"2:26: /stages/1/command: ./folder is a directory, not a program")
files("no interpreter", given, '"command": ["./script", "{}"]', kept,
      f"2:26: /stages/1/command: ./script needs the interpreter /no/such/interpreter: No such file or directory")
files("{} in shell text", given, '"shell": "touch {}"', kept, '2:24: /stages/1/shell: the item is not {} in a shell command: use "$1"')
files("no working directory", given, work + ', "cwd": "none"', kept, f'2:38: /stages/1/cwd: directory "none" does not exist')
files("no input", '"lines": "none"', work, kept, f'1:48: /stages/0/source/lines: cannot read "none": No such file or directory')
files("a directory as an input", '"lines": "folder"', work, kept, f'1:48: /stages/0/source/lines: "folder" is a directory, a file is needed')
for same in ("data", "same"):
    files("an output that is the input", given, work, f'"lines": "{same}"', f'3:35: /stages/2/sink/lines: "{same}" is read by stage "in" too: a sink would empty it')
files("no directory for an output", given, work, '"lines": "none/out"', f'3:35: /stages/2/sink/lines: directory "none" does not exist')
files("a directory as an output", given, work, '"lines": "folder"', f'3:35: /stages/2/sink/lines: "folder" is a directory, a file is needed')

# Twenty errors at once, the rest counted; what a file is called and holds goes through one escape.
many = "".join(',\n{"name": "s%d", "op": "square", "workers": 0}' % i for i in range(30))
stages("thirty errors", source + many,
       *[f'{i + 1}:{42 + len(str(i - 1))}: /stages/{i}/workers: must be 1..4096 or "auto", got 0' for i in range(1, 21)],
       "and 10 errors more")

# What never comes to be read: no file, a directory, more than 16 MiB.
def unread(case, words, text):
    ended = subprocess.run([pooltop, "run", "--plain"] + words, stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
    if ended.returncode != 2 or text not in ended.stderr.decode() or ended.stdout:
        complain(case, f"exit {ended.returncode}, {ended.stderr.decode()[:500]}")

with open("large.json", "w") as file:
    file.write("{}" + " " * (16 << 20))
unread("no config", ["none.json"], "open none.json: No such file or directory")
unread("a directory as the config", ["folder"], "read folder: Is a directory")
unread("more than 16 MiB", ["large.json"], "large.json: larger than 16 MiB")
unread("an empty pipe", ["-"], "-:1:1: empty config")
sys.exit(wrong > 0)
PY
timeout 220 python3 "$here/bad.py" || complain "see above"
