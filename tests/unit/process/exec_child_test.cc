// SPDX-License-Identifier: MIT
#include "engine/process/exec_child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

#ifndef POOLTOP_SANITIZED
/// Calls that are safe in memory shared with a process that stands still, and what the compiler adds by itself.
const std::set<std::string> kAllowed = {
    "__errno_location",
    "_exit",
    "chdir",
    "close",
    "close_range",
    "dup2",
    "execve",
    "fcntl",
    "fcntl64",
    "getppid",
    "prctl",
    "sigaction",
    "sigprocmask",
    "memset",
    "__gxx_personality_v0",
    "_ZSt9terminatev",
    "__cxa_begin_catch",
    "__stack_chk_fail",
    "_GLOBAL_OFFSET_TABLE_",
};

/// The library of the room, in the build folder that holds this binary.
std::filesystem::path room_library() {
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (; folder != folder.root_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "libpooltop_process.a")) return folder / "libpooltop_process.a";
  }
  return {};
}
#endif

}  // namespace

TEST_CASE("process: the object that runs between clone and exec calls nothing but what is allowed there") {
#ifdef POOLTOP_SANITIZED
  MESSAGE("skipped: a sanitizer adds calls of its own");
#else
  const auto library = room_library();
  REQUIRE_FALSE(library.empty());
  ChildPlan plan;
  plan.argv = {"nm", "-u", library};
  plan.env = environment_with();
  const Ran ran = run_program(plan);
  REQUIRE(ran.end.is_success());

  const std::size_t begin = ran.output.find("exec_child.cc.o:");
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(ran.output.substr(begin));
  std::string line;
  std::getline(lines, line);
  int calls = 0;
  while (std::getline(lines, line) && line.find(':') == std::string::npos) {
    const std::size_t name = line.rfind(' ') + 1;
    if (line.empty()) continue;
    CAPTURE(line);
    CHECK(kAllowed.contains(line.substr(name)));
    ++calls;
  }
  CHECK(calls > 5);
#endif
}

TEST_CASE("process: descriptors come to their numbers in any permutation") {
  // Every way to give 0, 1, 2 and a fourth one to the three numbers, and none.
  for (int code = 0; code < 125; ++code) {
    CAPTURE(code);
    const int wanted[] = {code % 5 - 1, code / 5 % 5 - 1, code / 25 - 1};
    const Child child = fork_body([&] {
      std::string names[4];
      for (int i = 0; i < 4; ++i) {
        names[i] = "/tmp/pooltop-fd-" + std::to_string(::getpid()) + "-" + std::to_string(i);
        const int fd = ::open(names[i].c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ::dup3(fd, 10 + i, O_CLOEXEC);
        ::close(fd);
        ::unlink(names[i].c_str());
      }
      for (int i = 0; i < 4; ++i) ::dup3(10 + i, i, O_CLOEXEC);
      int fds[] = {wanted[0], wanted[1], wanted[2]};
      if (!place_descriptors(fds, 3)) return 1;
      for (int i = 0; i < 3; ++i) {
        char target[256] = {};
        const std::string link = "/proc/self/fd/" + std::to_string(i);
        const bool is_open = ::readlink(link.c_str(), target, sizeof target - 1) > 0;
        if (is_open != (wanted[i] >= 0)) return 2;
        if (is_open && !std::string(target).starts_with(names[wanted[i]])) return 3;
        if (is_open && ::fcntl(i, F_GETFD) != 0) return 4;
      }
      return ::fcntl(3, F_GETFD) == -1 && ::fcntl(10, F_GETFD) == -1 ? 0 : 5;
    });
    CHECK(wait_end(child.pidfd, 10 * kSecond)->code == 0);
  }
}
