// SPDX-License-Identifier: MIT
#include "tui/app/user_stack.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace pooltop;

namespace {

/// A folder of programs that print what they are given.
struct Programs {
  Programs() : path("/tmp/pooltop.stack.XXXXXX") { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Programs() { std::filesystem::remove_all(path); }
  void add(const std::string& name, const std::string& script = "echo $0") const {
    std::ofstream(path + "/" + name) << "#!/bin/sh\n" << script << "\n";
    ::chmod((path + "/" + name).c_str(), 0700);
  }
  std::string path;
};

std::vector<std::string> names(const std::vector<StackTool>& tools) {
  std::vector<std::string> out;
  for (const StackTool& tool : tools) out.push_back(tool.name);
  return out;
}

std::vector<std::string> run(const StackTool& tool) {
  StackJob job(tool);
  for (;;) {
    if (job.read(monotonic_now())) return job.result();
    pollfd entry{job.fd(), POLLIN, 0};
    ::poll(&entry, 1, 1000);
  }
}

}  // namespace

TEST_CASE("app: py-spy is asked first for Python, gdb else, and only what is installed") {
  Programs programs;
  CHECK(stack_tools(7, false, programs.path).empty());
  programs.add("gdb");
  programs.add("py-spy");
  programs.add("pstack");

  CHECK(names(stack_tools(7, true, "/nowhere:" + programs.path)) ==
        std::vector<std::string>{"py-spy", "gdb", "pstack"});
  CHECK(names(stack_tools(7, false, programs.path)) == std::vector<std::string>{"gdb", "pstack"});
  CHECK(is_python("python3.11", {}));
  CHECK(is_python("worker", {"/usr/bin/python3", "-c"}));
  CHECK_FALSE(is_python("sh", {"sh", "python"}));
}

TEST_CASE("app: of a debugger's output the threads and frames are kept; all of it where there are none") {
  CHECK(stack_lines(
            "[New LWP 7]\nUsing host libthread_db\n\nThread 1 (LWP 7):\n#0  main () at a\x1b.c:1\n[Inferior 1]\n") ==
        std::vector<std::string>{"Thread 1 (LWP 7):", "#0  main () at a\\x1b.c:1"});
  CHECK(stack_lines("Thread 7 (idle): \"MainThread\"\n    recv (x.py:3)\n").size() == 2);
  CHECK(stack_lines("ptrace: Operation not permitted.\n") ==
        std::vector<std::string>{"ptrace: Operation not permitted."});
  CHECK(stack_lines("").empty());
}

TEST_CASE("app: a tool's output is read to its end, errors too; one that prints nothing is said to") {
  Programs programs;
  programs.add("gdb", "echo '#0 first'; echo '#1 second' >&2");
  programs.add("pstack", ":");
  const std::string file = programs.path + "/gdb";

  CHECK(run({"gdb", {file}}) == std::vector<std::string>{"#0 first", "#1 second"});
  CHECK(run({"pstack", {programs.path + "/pstack"}}) == std::vector<std::string>{"pstack printed nothing"});
}

TEST_CASE("app: a tool that does not end is ended after its time, and asked to let go first") {
  Programs programs;
  programs.add("gdb",
               "mkfifo \"$0.never\"; exec 3<>\"$0.never\"; trap 'echo let go >\"$0.out\"; exit' TERM; echo '#0 half'; "
               "while :; do read x <&3 || :; done");
  const std::string file = programs.path + "/gdb";
  {
    StackJob job({"gdb", {file}});
    pollfd entry{job.fd(), POLLIN, 0};
    CHECK(::poll(&entry, 1, 10'000) == 1);
    CHECK_FALSE(job.read(monotonic_now()));
    CHECK(job.read(job.deadline()));
    CHECK(job.result() == std::vector<std::string>{"#0 half", "gdb was ended: it had not finished within 10 s"});
  }
  CHECK(std::filesystem::exists(file + ".out"));
}
