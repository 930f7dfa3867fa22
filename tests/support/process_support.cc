// SPDX-License-Identifier: MIT
#include "tests/support/process_support.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/process/proc_stat.h"

namespace pooltop::testing {

namespace fs = std::filesystem;

bool eventually(const std::function<bool()>& condition, Nanos limit) {
  const Nanos deadline = monotonic_now() + limit;
  while (!condition()) {
    if (monotonic_now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

std::string unique_marker() {
  static int count = 0;
  return fmt::format("POOLTOP_TEST_MARK={}.{}.{}", ::getpid(), monotonic_now(), ++count);
}

std::vector<pid_t> processes_with(const std::string& marker, const std::string& name) {
  const std::string wanted = '\0' + marker;
  std::vector<pid_t> out;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string number = entry.path().filename();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    try {
      const auto environment = read_file(entry.path() / "environ", 1 << 20);  // a zombie has none
      if (!environment || ('\0' + *environment).find(wanted) == std::string::npos) continue;
      const pid_t pid = std::stoi(number);
      if (name.empty() || status_line(pid, "Name") == name) out.push_back(pid);
    } catch (const std::system_error&) {  // it ended meanwhile, or is another user's
    }
  }
  return out;
}

bool has_ended(const Fd& pidfd, Nanos limit) {
  pollfd entry{pidfd.get(), POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(limit / kMillisecond)) == 1;
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) out.emplace_back(*entry);
  out.insert(out.end(), extra.begin(), extra.end());
  return out;
}

std::vector<int> open_descriptors(pid_t pid) {
  std::vector<int> out;
  std::error_code gone;
  const fs::path folder = fmt::format("/proc/{}/fd", pid);
  for (const auto& entry : fs::directory_iterator(folder, gone)) {
    const int fd = std::stoi(entry.path().filename());
    // Of this process itself: not the descriptor that the reading of the folder takes.
    if (pid == ::getpid() && fs::read_symlink(entry.path(), gone) == folder) continue;
    out.push_back(fd);
  }
  std::ranges::sort(out);
  return out;
}

std::string status_line(pid_t pid, const std::string& name) {
  std::string text;
  try {
    text = read_file(fmt::format("/proc/{}/status", pid), 1 << 16).value_or("");
  } catch (const std::system_error&) {
    return "";
  }
  const std::size_t begin = ("\n" + text).find("\n" + name + ":");
  if (begin == std::string::npos) return "";
  const std::size_t value = text.find_first_not_of(" \t", begin + name.size() + 1);
  return text.substr(value, text.find('\n', value) - value);
}

Ran run_program(ChildPlan plan) {
  PipeEnds pipe = make_pipe();
  plan.stdout_fd = pipe.write.get();
  plan.stderr_fd = pipe.write.get();
  const Child child = start_child(plan);
  pipe.write.reset();
  std::string output = read_to_end(pipe.read.get(), 16 << 20, "output").value_or("too much output");
  const auto end = wait_end(child.pidfd, 10 * kSecond);
  if (!end) throw std::runtime_error(plan.argv[0] + " did not end within 10 s");
  return {*end, std::move(output)};
}

ChildPlan shell_plan(const std::string& script, const std::vector<std::string>& extra) {
  ChildPlan plan;
  plan.argv = {"sh", "-c", script};
  plan.env = environment_with(extra);
  return plan;
}

std::string read_line(const Fd& fd, Nanos limit) {
  const Nanos deadline = monotonic_now() + limit;
  std::string line;
  for (;;) {
    const Nanos left = std::max<Nanos>(deadline - monotonic_now(), 0);
    pollfd entry{fd.get(), POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(left / kMillisecond)) <= 0) return line;
    char c = 0;
    if (::read(fd.get(), &c, 1) != 1 || c == '\n') return line;
    line += c;
  }
}

Child fork_body(const std::function<int()>& body) {
  std::fflush(nullptr);
  const pid_t pid = check(::fork(), "fork", "test body");
  if (pid == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "forked test body: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(status);
  }
  return {pid, open_pidfd(pid)};
}

}  // namespace pooltop::testing
