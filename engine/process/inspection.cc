// SPDX-License-Identifier: MIT
#include "engine/process/inspection.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"

namespace pooltop {
namespace {

constexpr std::size_t kArgvBytes = 4096;
constexpr std::size_t kStackLines = 16;
constexpr std::size_t kScannedDescriptors = 256;  // of one process, in search of a pipe's other end

Nanos since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

Nanos tick() {
  static const Nanos nanos = kSecond / ::sysconf(_SC_CLK_TCK);
  return nanos;
}

// The name stands between the first and the last parenthesis, and may hold any.
std::string name_in(std::string_view stat) {
  const std::size_t begin = stat.find('(');
  const std::size_t end = stat.rfind(')');
  if (begin == std::string_view::npos || end == std::string_view::npos || end <= begin) return "";
  return std::string(stat.substr(begin + 1, end - begin - 1));
}

// "[<0>] pipe_read+0x1b1/0x330" without its address.
std::vector<std::string> stack_lines(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size() && out.size() < kStackLines;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (const std::size_t close = line.find("] "); close != std::string_view::npos) line.remove_prefix(close + 2);
    if (!line.empty()) out.emplace_back(line);
  }
  return out;
}

std::vector<std::string> split_argv(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void read_io(const ProcFiles& files, ProcessView& out) {
  const std::string text = files.read("io", 512);
  if (text.empty()) return;
  out.read_bytes = number_after(text, "rchar:");
  out.written_bytes = number_after(text, "wchar:");
}

void read_status(const ProcFiles& files, ProcessView& out) {
  const std::string text = files.read("status", 4096);
  out.tracer = static_cast<pid_t>(number_after(text, "TracerPid:"));
  out.voluntary_switches = number_after(text, "voluntary_ctxt_switches:");
  out.involuntary_switches = number_after(text, "nonvoluntary_ctxt_switches:");
}

// A thread that went to sleep between the looks at its state and at its call is not running: looks again.
char state_beside(const WaitView& wait, const ProcFiles& files, const std::string& stat_file, char state) {
  if (state != 'R' || wait.call.empty()) return state;
  const auto again = parse_proc_stat(files.read(stat_file, 1024));
  return again ? again->state : state;
}

void read_threads(const ProcFiles& files, std::size_t limit, bool in_memory, ProcessView& out) {
  for (const int tid : files.numbers("task", limit + 1)) {
    if (tid == out.pid) continue;
    const std::string stat_file = "task/" + std::to_string(tid) + "/stat";
    const std::string text = files.read(stat_file, 1024);
    const auto stat = parse_proc_stat(text);
    if (!stat) continue;
    WaitView wait = read_wait(files, out.pid, tid, in_memory && stat->state != 'D');
    const char state = state_beside(wait, files, stat_file, stat->state);
    out.other_threads.push_back({tid, name_in(text), state, std::move(wait)});
    if (out.other_threads.size() == limit) return;
  }
}

// Looks for the tree's processes that hold the other end of `pipe`, which `owner` waits on.
void find_peers(const std::vector<ProcessView>& processes, pid_t owner, DescriptorView& pipe) {
  const unsigned wanted = pipe.for_writing ? 4 : 2;
  for (const ProcessView& process : processes) {
    if (process.pid == owner) continue;
    const ProcFiles files(process.pid);
    for (const int number : files.numbers("fd", kScannedDescriptors)) {
      if (files.link("fd/" + std::to_string(number)) != pipe.name || (files.access(number) & wanted) == 0) continue;
      pipe.peers.push_back(process.pid);
      break;
    }
  }
}

}  // namespace

std::optional<ProcessView> inspect_process(pid_t pid, std::size_t threads) {
  const ProcFiles files(pid);
  if (!files.is_there()) return std::nullopt;
  const std::string text = files.read("stat", 1024);
  const auto stat = parse_proc_stat(text);
  if (!stat) return std::nullopt;
  ProcessView out;
  out.pid = pid;
  out.parent = stat->parent;
  out.name = name_in(text);
  out.state = stat->state;
  out.threads = stat->threads;
  out.cpu = static_cast<Nanos>(stat->cpu_ticks) * tick();
  out.start_ticks = stat->start_ticks;
  out.age = std::max<Nanos>(since_boot() - static_cast<Nanos>(stat->start_ticks) * tick(), 0);
  out.rss_bytes = stat->rss_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  read_status(files, out);
  if (stat->state == 'Z' || stat->state == 'X') return out;
  // A process that waits uninterruptibly may hold the lock of its memory: whoever reads there waits with it.
  const bool in_memory = stat->state != 'D';
  out.wait = read_wait(files, pid, pid, in_memory);
  out.state = state_beside(out.wait, files, "stat", stat->state);
  out.kernel_stack = stack_lines(files.read("stack", 4096));
  if (in_memory) out.argv = split_argv(files.read("cmdline", kArgvBytes));
  out.cwd = files.link("cwd");
  out.nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(pid));
  read_io(files, out);
  if (stat->threads > 1 && threads > 0) read_threads(files, threads, in_memory, out);
  return out;
}

TreeView inspect_tree(pid_t root) {
  TreeView out;
  std::size_t threads = kMostThreads;
  for (const pid_t pid : tree_of(root)) {
    if (out.processes.size() == kMostProcesses) {
      ++out.left_out;
      continue;
    }
    auto process = inspect_process(pid, threads);
    if (!process) {
      if (pid == root) return {};
      continue;
    }
    threads -= std::min(threads, process->other_threads.size());
    out.processes.push_back(std::move(*process));
  }
  for (ProcessView& process : out.processes)
    for (DescriptorView& descriptor : process.wait.descriptors) {
      const bool is_pipe =
          descriptor.kind == DescriptorKind::Pipe ||
          (descriptor.kind == DescriptorKind::File && process.wait.wchan.find("pipe_") != std::string::npos);
      if (!is_pipe) continue;
      descriptor.kind = DescriptorKind::Pipe;
      find_peers(out.processes, process.pid, descriptor);
      descriptor.peers_known = out.left_out == 0;
    }
  return out;
}

std::string_view word_of_state(char state) noexcept {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "waiting for disk";
    case 'T':
      return "stopped";
    case 't':
      return "traced";
    case 'Z':
      return "zombie";
    case 'X':
      return "dead";
    case 'I':
      return "idle";
    default:
      return "unknown";
  }
}

}  // namespace pooltop
