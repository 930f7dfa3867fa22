# SPDX-License-Identifier: MIT
"""The rules of the source that a compiler does not know. `rules.py RULE` prints what breaks it and ends with 1."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = {".cc", ".h", ".c"}
MOST_LINES = 400


def files(*folders):
    """The tree's text files: those git knows, else (an unpacked archive) all but the build."""
    listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"],
                             capture_output=True, check=False)
    if listing.returncode == 0:
        names = [name for name in listing.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    paths = [ROOT / name for name in names if not name.startswith("build/")]
    return sorted(p for p in paths if p.is_file() and (not folders or p.relative_to(ROOT).parts[0] in folders))


def lines_of(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def rooms_of_cmake():
    text = (ROOT / "CMakeLists.txt").read_text()
    return {f"{top}/{name}": int(number) for top, name, number in re.findall(r"^pooltop_room\((\w+) (\w+) (\d+)\)", text, re.M)}


def rooms_of_docs():
    text = (ROOT / "docs/architecture.md").read_text()
    return {room: int(number) for room, number in re.findall(r"^\| ((?:engine|tui)/\w+) \| (\d+) \|", text, re.M)}


def includes_follow_the_rooms():
    rooms = rooms_of_cmake()
    if rooms != rooms_of_docs():
        differ = sorted(set(rooms.items()) ^ set(rooms_of_docs().items()))
        yield f"docs/architecture.md and CMakeLists.txt differ: {differ}"
    for path in files("engine", "tui"):
        if path.suffix not in SOURCE:
            continue
        here = "/".join(path.relative_to(ROOT).parts[:2])
        for number, line in enumerate(lines_of(path), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            there = "/".join(found[1].split("/")[:2])
            where = f"{path.relative_to(ROOT)}:{number}"
            if there in rooms and here in rooms and there != here and rooms[there] >= rooms[here]:
                yield f"{where}: {here} ({rooms[here]}) includes {there} ({rooms[there]})"
            elif "/" not in found[1] and not found[1].endswith(".inc"):  # generated
                yield f"{where}: \"{found[1]}\" is not written from the root"
            elif here.startswith("engine/") and there.startswith("tui/"):
                yield f"{where}: the engine includes tui"


def curses_stays_in_its_room():
    for path in files("engine", "tui", "tests"):
        if path.suffix in SOURCE and "tui/term" not in str(path):
            for number, line in enumerate(lines_of(path), 1):
                if re.match(r"\s*#\s*include\s*<(n?curses|ncursesw/|term\.h)", line):
                    yield f"{path.relative_to(ROOT)}:{number}: curses outside tui/term"


def every_source_has_its_licence_line():
    for path in files():
        name = path.relative_to(ROOT)
        is_script = path.suffix in {".sh", ".py", ".cmake"} or path.name in {"CMakeLists.txt", "dev"} or str(name) == ".ci/run"
        if path.suffix not in SOURCE and not is_script:
            continue
        head = lines_of(path)[:3]
        if not any(re.match(r"(//|/\*|#) SPDX-License-Identifier: MIT\b", line) for line in head):
            yield f"{name}: no SPDX-License-Identifier in its first lines"


def files_are_short():
    excused = {}
    for line in lines_of(ROOT / "tests/lint/long_files.txt"):
        if line and not line.startswith("#"):
            name, _, reason = line.partition(": ")
            excused[name] = reason
    for path in files("engine", "tui", "tests"):
        name = str(path.relative_to(ROOT))
        if path.suffix not in SOURCE:
            continue
        count = len(lines_of(path))
        if count > MOST_LINES and not excused.get(name):
            yield f"{name}: {count} lines, more than {MOST_LINES}; divide it, or say in tests/lint/long_files.txt why it is clearer whole"
        if count <= MOST_LINES and name in excused:
            yield f"tests/lint/long_files.txt: {name} has {count} lines and needs no excuse"


# Each pattern is split, so that this file does not hold what it looks for.
UNFINISHED = "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK", "not " "implemented", "un" "implemented", "place" "holder"])
SLEEPS = r"\b(sleep" r"_for|u" r"sleep|nano" r"sleep)\b|^\s*sle" r"ep [0-9]"
ELSEWHERE = "|".join(["/wo" "rk/", r"\.\./sha" "red", "sub" "agent", r"\bA" r"I (model|assistant)", "Chat" "GPT"])


def matches(pattern, paths):
    compiled = re.compile(pattern)
    for path in paths:
        for number, line in enumerate(lines_of(path), 1):
            if compiled.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"


def nothing_is_unfinished():
    yield from matches(rf"\b({UNFINISHED})\b", files("engine", "tui", "tests", "cmake", "configs"))


def tests_wait_for_events():
    yield from matches(SLEEPS, [p for p in files("tests") if "bench" not in p.parts])


def the_project_speaks_of_itself_alone():
    yield from matches(ELSEWHERE, files())


def examples_are_explained_and_tested():
    for path in sorted((ROOT / "configs").glob("*.json")):
        if path.name == "pooltop.schema.json":
            continue
        if not path.read_text().startswith("// "):
            yield f"configs/{path.name}: no // comment at its top that says what to watch"
        if not (ROOT / f"tests/configs/{path.stem}.sh").is_file():
            yield f"configs/{path.name}: no tests/configs/{path.stem}.sh"


def links_lead_somewhere():
    for path in files():
        if path.suffix != ".md":
            continue
        for number, line in enumerate(lines_of(path), 1):
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", line):
                if "://" not in target and not (path.parent / target).exists():
                    yield f"{path.relative_to(ROOT)}:{number}: {target} is not there"


def tests_that_are_named_are_there():
    titles = set()
    for path in files("tests"):
        if path.suffix == ".cc":
            titles |= set(re.findall(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"', path.read_text()))
    for page in ("docs/reliability.md", "SECURITY.md"):
        for number, line in enumerate(lines_of(ROOT / page), 1):
            row = re.match(r"\| ([FS]\d+) \|.*\| ([^|]*) \|$", line)
            names = re.findall(r"`([^`]+)`", row[2]) if row else []
            if row and not names:
                yield f"{page}:{number}: {row[1]} names no test"
            for name in names:
                if name not in titles and not (name.startswith("tests/") and (ROOT / name).is_file()):
                    yield f"{page}:{number}: {name} is no test"
    for page, letter, last in (("docs/reliability.md", "F", 34), ("SECURITY.md", "S", 20)):
        numbers = re.findall(rf"^\| {letter}(\d+) \|", (ROOT / page).read_text(), re.M)
        if numbers != [str(number) for number in range(1, last + 1)]:
            yield f"{page}: its rows are not {letter}1 to {letter}{last}"


RULES = [includes_follow_the_rooms, curses_stays_in_its_room, every_source_has_its_licence_line, files_are_short,
         nothing_is_unfinished, tests_wait_for_events, the_project_speaks_of_itself_alone,
         examples_are_explained_and_tested, links_lead_somewhere, tests_that_are_named_are_there]


def main():
    wanted = sys.argv[1]
    rule = next(rule for rule in RULES if rule.__name__ == wanted)
    broken = list(rule())
    print("\n".join(broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
