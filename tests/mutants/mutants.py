#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Faults put into the sources on purpose, one after the other, and the test that must fail for each: a test that nothing
makes fail proves nothing.

  mutants.py SOURCE WORK [NAME...]     builds in WORK (a copy of SOURCE); without names all

Prints a table in Markdown; exit status 1 if a mutant was not caught, or could not be made any more."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

KILL_WORKERS = "kill/a_worker_may_die_between_any_two_of_its_steps.sh"
KILL_ENGINE = "kill/an_engine_may_die_between_any_two_of_its_steps.sh"
KILL_JOURNAL = "kill/a_journal_or_guardian_may_die_between_any_two_of_its_steps.sh"

# name: (what is wrong then, file, text or texts, what stands there instead, the test that fails)
MUTANTS = {
    "no_requeue": ("what a dead worker had is not given back", "engine/supervisor/workers.cc",
                   "  if (!run_.is_stopping) give_back(slot);\n", "", KILL_WORKERS),
    "no_cut": ("a sink's next worker writes behind what nobody acknowledged", "engine/worker/sinks.cc",
               'if (uninterrupted([&] { return ::ftruncate(fd_, end); }) != 0) refuse(errno, "ftruncate", path_);\n'
               '    POOLTOP_KILL_POINT(sink_cut);\n    if (::lseek(fd_, end, SEEK_SET) < 0)',
               'POOLTOP_KILL_POINT(sink_cut);\n    if (static_cast<void>(end), ::lseek(fd_, 0, SEEK_END) < 0)',
               KILL_WORKERS),
    "early_acknowledgement": ("a sink acknowledges before it writes", "engine/worker/sinks.cc",
                              "    output.write(block);\n    port.open_batch();",
                              "    const struct Late {\n      SinkOutput& output;\n      std::string& block;\n"
                              "      ~Late() noexcept(false) { output.write(block); }\n    } late{output, block};\n"
                              "    port.open_batch();", KILL_WORKERS),
    "blind_revocation": ("items are taken back that a worker has claimed", "engine/region/link.cc",
                         "  return claim.fetch_or(kRevoked, std::memory_order_acq_rel) & ~kRevoked;",
                         "  (void)claim.fetch_or(kRevoked, std::memory_order_acq_rel);\n  return 0;", "unit_pool"),
    "no_charge": ("a worker that dies of its item is never held to account", "engine/pool/flights.cc",
                  "current.sequence == flight.sequence && current.index >= flight.answered",
                  "current.sequence != flight.sequence && current.index >= flight.answered", "unit_pool"),
    "forgotten_writes": ("a run that goes on does not know what its sinks have written", "engine/supervisor/run_journal.cc",
                         "restore_sink(*stage, sink.written, std::move(ids));",
                         "restore_sink(*stage, sink.written, {});", KILL_ENGINE),
    "forgotten_length": ("a run that goes on does not know how long its files were", "engine/supervisor/run_journal.cc",
                         "restore_sink(*stage, sink.written, std::move(ids));",
                         "restore_sink(*stage, 0, std::move(ids));", KILL_ENGINE),
    "forgotten_items": ("a run that goes on does all its items again", "engine/supervisor/run_journal.cc",
                        "        *stage, source.complete,", "        *stage, Intervals(),", KILL_ENGINE),
    "failed_twice": ("what was on the failed list before stays there and runs again", "engine/supervisor/resume.cc",
                     "  if (!go.empty()) remove_failed(failed_path(run_dir), go);\n", "", KILL_ENGINE),
    "torn_record": ("a journal's half-written record is believed", "engine/journal/read_journal.cc",
                    "return record_sum(whole) == head.sum ? whole : std::string_view();", "return whole;",
                    "unit_journal"),
    "compaction_in_place": ("the journal is written anew over itself", "engine/journal/journal_writer.cc",
                            'const std::string fresh = name_ + ".new";\n  const std::string fresh_path = path_ + ".new";',
                            "const std::string fresh = name_;\n  const std::string fresh_path = path_;", "unit_journal"),
    "idle_guardian": ("the guardian ends nobody", "engine/guardian/guardian.cc", "  kill_all_children(kKillLimit);\n", "",
                      "cli/a_killed_engine_ends_its_tree_and_the_front_says_so.sh"),
    "lone_worker": ("only the worker is killed, not what it has started", "engine/supervisor/workers.cc",
                    "  slot.is_listed = false;\n  std::erase(run_.stage_of(slot).ready, &slot);\n  processes_.kill_strangers(known_pids());",
                    "  slot.is_listed = false;\n  std::erase(run_.stage_of(slot).ready, &slot);",
                    "cli/a_second_after_a_kill_nothing_is_left.sh"),
    "short_write": ("a write that was short is taken for whole", "engine/base/io.cc",
                    '    check(n, "write", object);\n    bytes.remove_prefix(static_cast<std::size_t>(n));',
                    '    check(n, "write", object);\n    return;', "unit_base"),
    "trusted_sizes": ("sizes that a worker wrote are believed", "engine/region/link.cc",
                      "if (out_tail_ - out_head_ < sizeof(RecordHeader) || !sizes_fit(record.header, out_tail_ - out_head_))",
                      "if (out_tail_ - out_head_ < sizeof(RecordHeader) && !sizes_fit(record.header, out_tail_ - out_head_))",
                      "unit_region"),
    # What only time shows: found by runs that are simulated.
    "restless_engine": ("the end of a dead worker that is kept for its answers is looked at for ever", "engine/supervisor/workers.cc",
                        "  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, slot.pidfd.get(), nullptr);\n  slot.pidfd.reset();\n", "",
                        "unit_supervisor"),
    "early_retry": ("an item that failed is tried again without its pause", "engine/supervisor/failures.cc",
                    "  stage.delayed.emplace(run_.now + pause, ", "  stage.delayed.emplace(run_.now, ", "unit_supervisor"),
    "paused_work": ("the time that a worker was stopped counts as work", "engine/supervisor/workers.cc",
                    "  slot.go_on(run_.now);\n  processes_.continue_tree", "  slot.stands_since = 0;\n  processes_.continue_tree",
                    "unit_supervisor"),
    "no_timeout": ("an item may take for ever", "engine/supervisor/observer.cc",
                   "  if (slot.item_elapsed(run_.now) > *stage.config.timeout) overdue_.push_back(&slot);\n", "", "unit_supervisor"),
    "lost_trouble": ("what a sink without room had not written is taken for written", "engine/supervisor/failures.cc",
                     "    keep(stage, slot, tried, failure, TryEnd::Interrupted).tries.back().error = slot.trouble;\n"
                     "    give_back(stage, std::move(tried));\n",
                     "    keep(stage, slot, tried, failure, TryEnd::Interrupted).tries.back().error = slot.trouble;\n",
                     "unit_supervisor"),
    # What kills do not show: the order of stores and looks. A fence that is left out shows on hardly any processor, so
    # what it forbids is done instead: the look before the store.
    "early_look": ("a worker looks a last time before its lying down can be seen", "engine/worker/port.cc",
                   "      page().asleep.store(Sleep::Futex, std::memory_order_relaxed);\n"
                   "      std::atomic_thread_fence(std::memory_order_seq_cst);\n"
                   "      if (ready()) {\n",
                   "      const bool was_ready = ready();\n"
                   "      page().asleep.store(Sleep::Futex, std::memory_order_relaxed);\n"
                   "      if (was_ready) {\n", "unit_region"),
    "early_look_at_bell": ("a worker looks whether the engine sleeps before its answer can be seen", "engine/worker/port.cc",
                           ("  void ring_bell() noexcept {\n    std::atomic_thread_fence(std::memory_order_seq_cst);\n"
                            "    if (page().armed.load(std::memory_order_relaxed) == 0 ||",
                            "    page().out_tail.store(out_tail, std::memory_order_release);\n"
                            "    POOLTOP_KILL_POINT(worker_published);"),
                           ("  std::uint32_t looked = 2;\n  void ring_bell() noexcept {\n"
                            "    const std::uint32_t before = std::exchange(looked, 2U);\n"
                            "    if ((before == 2 ? page().armed.load(std::memory_order_relaxed) : before) == 0 ||",
                            "    looked = page().armed.load(std::memory_order_relaxed);\n"
                            "    page().out_tail.store(out_tail, std::memory_order_release);\n"
                            "    POOLTOP_KILL_POINT(worker_published);"), "unit_region"),
    "early_bell": ("a worker rings before its inbox position moves", "engine/worker/port.cc",
                   "    POOLTOP_KILL_POINT(worker_before_release);\n    release();\n"
                   "    POOLTOP_KILL_POINT(worker_before_bell);\n    ring_bell();\n",
                   "    POOLTOP_KILL_POINT(worker_before_release);\n    ring_bell();\n"
                   "    POOLTOP_KILL_POINT(worker_before_bell);\n    release();\n", "unit_region"),
}


def end_children():
    """A mutant may well leave processes behind: they come to this one, which has adopted them, and end."""
    while True:
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            left = [int(pid) for pid in children.read().split()]
        if not left:
            return
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def main():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    source, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    names = sys.argv[3:] or list(MUTANTS)
    for name in names:
        if name not in MUTANTS:
            sys.exit(f"no mutant is named {name}; there are: {', '.join(MUTANTS)}")
    copy, build = work + "/source", work + "/build"
    os.makedirs(work, exist_ok=True)
    ignore = shutil.ignore_patterns("build", ".git")
    shutil.rmtree(copy, ignore_errors=True)
    # With the time of now: an object that was made of a mutant must not be taken for newer than its source.
    shutil.copytree(source, copy, ignore=ignore, symlinks=True, copy_function=shutil.copy)
    tests = {MUTANTS[name][4] for name in names}
    units = sorted("tests/" + test for test in tests if test.startswith("unit_"))
    environment = dict(os.environ, POOLTOP=build + "/pooltop", POOLTOP_SOURCE=copy, POOLTOP_BUILD=build,
                       POOLTOP_SEED="1")

    def make(*targets):
        subprocess.run(["ninja", "-C", build, *targets], stdout=subprocess.DEVNULL, check=True)

    def passes(test):
        if test.startswith("unit_"):
            command = [f"{build}/tests/{test}"]
        else:
            command = ["bash", "-c", f"bash {copy}/tests/{test}"]
        try:
            return subprocess.run(["timeout", "-k", "5", "300", *command], env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
        finally:
            end_children()

    subprocess.run(["cmake", "-S", copy, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-g0",
                    "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=16", "-DPOOLTOP_BENCH=OFF"],
                   stdout=subprocess.DEVNULL, check=True)
    make("pooltop", *units)
    bad = [test for test in sorted(tests) if not passes(test)]
    if bad:
        sys.exit(f"without a mutant these fail already: {', '.join(bad)}")
    print("| mutant | what is wrong then | test | result |\n|---|---|---|---|", flush=True)
    missed = 0
    for name in names:
        what, file, text, instead, test = MUTANTS[name]
        path = f"{copy}/{file}"
        with open(path) as before:
            code = before.read()
        begin = time.monotonic()
        pairs = [(text, instead)] if isinstance(text, str) else list(zip(text, instead))
        counts = [code.count(one) for one, _ in pairs]
        if counts != [1] * len(pairs):
            result = f"NOT MADE: its text is {counts} times in {file}"
        else:
            changed = code
            for one, other in pairs:
                changed = changed.replace(one, other)
            with open(path, "w") as mutated:
                mutated.write(changed)
            try:
                make("pooltop", *units)
                result = "NOT CAUGHT" if passes(test) else f"caught in {time.monotonic() - begin:.0f} s"
            except subprocess.CalledProcessError:
                result = "NOT MADE: it does not compile"
            with open(path, "w") as mutated:
                mutated.write(code)
        missed += result.startswith("NOT")
        print(f"| {name} | {what} | {test} | {result} |", flush=True)
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
