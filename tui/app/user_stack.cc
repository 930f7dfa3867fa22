// SPDX-License-Identifier: MIT
#include "tui/app/user_stack.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "engine/base/io.h"
#include "engine/base/text.h"

namespace pooltop {
namespace {

constexpr Nanos kTimeLimit = 10 * kSecond;
constexpr Nanos kTimeToLetGo = kSecond;
constexpr std::size_t kMostBytes = 256 * 1024;
constexpr std::size_t kMostLines = 400;
constexpr std::size_t kLineBytes = 400;

bool is_installed(std::string_view name, std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string file = std::string(path.substr(0, end)) + "/" + std::string(name);
    if (end > 0 && ::access(file.c_str(), X_OK) == 0) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

// What gdb and its like would look for on the network, or ask, is left out.
std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("DEBUGINFOD_URLS=")) out.emplace_back(*entry);
  return out;
}

bool is_frame(std::string_view line) {
  const std::size_t text = line.find_first_not_of(' ');
  if (text == std::string_view::npos) return false;
  const bool is_indented = text > 0;
  line.remove_prefix(text);
  return line.starts_with("#") || line.starts_with("Thread ") || line.starts_with("TID ") || is_indented;
}

}  // namespace

bool is_python(std::string_view name, const std::vector<std::string>& argv) {
  if (name.starts_with("python")) return true;
  if (argv.empty()) return false;
  const std::string_view program = argv.front();
  return program.substr(program.rfind('/') + 1).starts_with("python");
}

std::vector<StackTool> stack_tools(pid_t pid, bool is_python, std::string_view path) {
  const std::string number = std::to_string(pid);
  std::vector<StackTool> known;
  if (is_python) known.push_back({"py-spy", {"py-spy", "dump", "--pid", number}});
  known.push_back({"gdb",
                   {"gdb", "-nx", "-batch", "-iex", "set auto-load no", "-ex", "set pagination off", "-ex",
                    "set width 0", "-p", number, "-ex", "thread apply all bt"}});
  known.push_back({"eu-stack", {"eu-stack", "-p", number}});
  known.push_back({"pstack", {"pstack", number}});
  std::erase_if(known, [&](const StackTool& tool) { return !is_installed(tool.name, path); });
  return known;
}

std::string no_stack_tool(bool is_python) {
  return is_python ? "no user stack: py-spy is not installed, and neither is gdb"
                   : "no user stack: gdb is not installed, nor eu-stack or pstack";
}

std::vector<std::string> stack_lines(std::string_view output) {
  std::vector<std::string> frames;
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < output.size() && all.size() < kMostLines;) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string_view line = output.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    all.push_back(printable(line, kLineBytes));
    if (is_frame(line)) frames.push_back(all.back());
  }
  return frames.empty() ? all : frames;
}

StackJob::StackJob(const StackTool& tool) : tool_(tool) {
  PipeEnds pipe = make_pipe();
  ChildPlan plan;
  plan.argv = tool.argv;
  plan.env = environment();
  plan.stdout_fd = plan.stderr_fd = pipe.write.get();
  child_ = start_child(plan);
  output_ = std::move(pipe.read);
  set_nonblocking(output_.get(), true);
  deadline_ = monotonic_now() + kTimeLimit;
}

StackJob::~StackJob() {
  if (try_wait_end(child_.pidfd)) return;
  // A debugger that is asked lets its process go on; one that is killed may leave it stopped.
  send_signal(child_.pidfd, SIGTERM);
  if (wait_end(child_.pidfd, kTimeToLetGo)) return;
  send_signal(child_.pidfd, SIGKILL);
  (void)wait_end(child_.pidfd, kTimeToLetGo);  // one that the kernel holds is nobody's to wait for
}

bool StackJob::read(Nanos now) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = ::read(output_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) return true;
    if (n < 0) break;
    if (text_.size() < kMostBytes) text_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  is_too_late_ = now >= deadline_;
  return is_too_late_;
}

std::vector<std::string> StackJob::result() const {
  std::vector<std::string> lines = stack_lines(text_);
  if (is_too_late_) lines.push_back(fmt::format("{} was ended: it had not finished within 10 s", tool_.name));
  if (lines.empty()) lines.push_back(fmt::format("{} printed nothing", tool_.name));
  return lines;
}

std::optional<StackTaken> UserStack::start(const StackRequest& request) {
  const bool python = is_python(request.name, request.argv);
  const char* const path = std::getenv("PATH");
  const auto tools = stack_tools(request.pid, python, path == nullptr ? "" : path);
  if (tools.empty()) return StackTaken{request.pid, "", {no_stack_tool(python)}};
  taken_ = {request.pid, tools.front().name, {}};
  try {
    job_ = std::make_unique<StackJob>(tools.front());
  } catch (const std::system_error& error) {
    return StackTaken{request.pid, "", {error.what()}};
  }
  return std::nullopt;
}

std::optional<StackTaken> UserStack::take(Nanos now) {
  if (!job_ || !job_->read(now)) return std::nullopt;
  taken_.lines = job_->result();
  job_.reset();
  return taken_;
}

std::optional<Nanos> UserStack::deadline() const {
  return job_ ? std::optional<Nanos>(job_->deadline()) : std::nullopt;
}

}  // namespace pooltop
