// SPDX-License-Identifier: MIT
#include "engine/process/system_needs.h"

#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "engine/base/io.h"

using namespace pooltop;

namespace {

// What is told in a process to which the kernel refuses a call; "left out" where it takes no such rule.
std::string told_without(int call, int error) {
  PipeEnds told = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    sock_filter rules[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},  // the call's number
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<unsigned>(call)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog program{4, rules};
    const bool is_set =
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    write_all(told.write.get(), is_set ? why_system_will_not_do() : "left out", "what was told");
    ::_exit(0);
  }
  told.write.reset();
  const auto text = read_to_end(told.read.get(), 4096, "what was told");
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return text.value_or("");
}

}  // namespace

TEST_CASE("process: a system that has all calls will do") { CHECK(why_system_will_not_do().empty()); }

TEST_CASE("process: a call that the system has not, or forbids, is told by name with what is needed") {
  for (const auto& [call, name] :
       {std::pair{SYS_pidfd_open, "pidfd_open"}, std::pair{SYS_close_range, "close_range"},
        std::pair{SYS_pidfd_send_signal, "pidfd_send_signal"}, std::pair{SYS_memfd_create, "memfd_create"}})
    for (const int error : {ENOSYS, EPERM}) {
      const std::string text = told_without(call, error);
      if (text == "left out") {
        MESSAGE("left out: no call can be refused here");
        return;
      }
      CHECK_MESSAGE(text.starts_with(std::string("this system refuses the call ") + name + ": "), text);
      CHECK(text.find("Linux 5.9 or newer") != std::string::npos);
    }
}

TEST_CASE("process: a shortage of descriptors or memory is no refusal: it may pass") {
  CHECK(told_without(SYS_pidfd_open, EMFILE).empty());
  CHECK(told_without(SYS_memfd_create, ENOMEM).empty());
}

TEST_CASE(
    "process: what stands behind a process that could not be made is its limits, and behind no other error anything") {
  CHECK(limit_behind(EAGAIN).find("pids.max") != std::string::npos);
  CHECK(limit_behind(ENOMEM).empty());
  CHECK(limit_behind(0).empty());
}
