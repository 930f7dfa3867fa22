// SPDX-License-Identifier: MIT
// Stuck, or just slow? The sentence first, then what it is drawn from: each process and where it is, the kernel's
// stack, the stack of its own code, its last output.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kValue = 8;              // where values begin
constexpr int kWhere = 9;              // where a process's place is said
constexpr std::size_t kMostParts = 6;  // lines that one value takes at most
constexpr std::size_t kOutputLines = 8;

struct Entry {
  std::string what;
  std::string text;
  Role role = Role::Text;
  int col = kValue;                     // where its text begins
  std::size_t most_parts = kMostParts;  // lines that it takes at most
};

/// "pipe_read < vfs_read < ksys_read": the functions without their offsets, innermost first.
std::string joined_stack(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : " < ") + line.substr(0, line.find('+'));
  return out;
}

std::size_t depth_of(const Inspection& look, const InspectedProcess& process) {
  std::size_t depth = 0;
  pid_t parent = process.parent;
  for (std::size_t i = 0; i < look.processes.size(); ++i) {
    const auto above = std::ranges::find(look.processes, parent, &InspectedProcess::pid);
    if (above == look.processes.end()) break;
    ++depth;
    parent = above->parent;
  }
  return depth;
}

/// The worker's own command line says only how it was started.
std::string command_of(const Inspection& look, const InspectedProcess& process) {
  if (process.pid == look.worker.pid) return "pooltop, the worker itself";
  std::string text;
  for (const std::string& word : process.argv) text += (text.empty() ? "" : " ") + word;
  return printable(text.empty() ? process.name : text, 300);
}

void add_processes(const Inspection& look, std::vector<Entry>& out) {
  out.push_back(
      {"", fmt::format("{:>8} {:<9} {:>5} {:>5}  {}", "PID", "STATE", "CPU%", "RSS", "COMMAND"), Role::Columns, 0, 1});
  for (const InspectedProcess& process : look.processes) {
    const bool is_it = process.pid == look.verdict_pid;
    const std::string indent(2 * std::min<std::size_t>(depth_of(look, process), 8), ' ');
    out.push_back({"",
                   fmt::format("{}{:>7} {:<9.9} {:>5} {:>5}  {}{}", is_it ? '>' : ' ', process.pid, process.state_text,
                               process.cpu_percent ? fmt::format("{:.1f}", *process.cpu_percent) : "-",
                               format_bytes(process.rss_bytes), indent, command_of(look, process)),
                   is_it ? Role::Selected : Role::Text, 0, 1});
    const std::string& where = process.where.empty() ? process.wchan : process.where;
    if (!where.empty()) out.push_back({"", "in " + printable(where), Role::Dim, kWhere, 3});
    for (const InspectedThread& thread : process.other_threads)
      out.push_back(
          {"",
           fmt::format("thread {} {} {} {}", thread.tid, printable(thread.name), thread.state, printable(thread.where)),
           Role::Dim, kWhere, 2});
  }
  if (look.processes_left_out > 0)
    out.push_back({"", fmt::format("{} more processes below it", look.processes_left_out), Role::Dim});
}

void add_kernel_stack(const Inspection& look, std::vector<Entry>& out) {
  for (const InspectedProcess& process : look.processes) {
    if (process.pid != look.verdict_pid) continue;
    if (!process.kernel_stack.empty())
      out.push_back({"kernel", printable(joined_stack(process.kernel_stack)), Role::Text});
    else if (!process.wchan.empty())
      out.push_back({"kernel", fmt::format("{} (the stack is for root to see)", printable(process.wchan)), Role::Text});
  }
}

void add_user_stack(const Frame& frame, std::vector<Entry>& out) {
  const InspectState& inspect = frame.state.inspect;
  if (inspect.stack_asked) {
    out.push_back({"stack", fmt::format("of {}: being taken ..", inspect.stack_pid), Role::Dim});
  } else if (!inspect.stack.empty()) {
    out.push_back({"stack", inspect.stack_by.empty()
                                ? inspect.stack.front()
                                : fmt::format("of {} by {}", inspect.stack_pid, inspect.stack_by)});
    for (std::size_t i = inspect.stack_by.empty() ? 1 : 0; i < inspect.stack.size(); ++i)
      out.push_back({"", printable(inspect.stack[i]), Role::Text});
  } else if (!frame.state.read_only) {
    out.push_back({"stack", "S takes that of its own code; it stops the process for the moment", Role::Dim});
  }
}

void add_output(const Frame& frame, std::vector<Entry>& out) {
  const OutputState& output = frame.state.output;
  if (!frame.state.inspect.worker || output.pid != frame.state.inspect.worker->pid) return;
  if (output.lines.empty()) {
    out.push_back({"output", "none so far", Role::Dim});
    return;
  }
  const std::size_t first = output.lines.size() > kOutputLines ? output.lines.size() - kOutputLines : 0;
  for (std::size_t i = first; i < output.lines.size(); ++i) {
    const OutputLine& line = output.lines[i];
    const std::string time = line.time.size() >= 19 ? line.time.substr(11, 8) + " " : "";
    out.push_back(
        {i == first ? "output" : "", time + printable(line.text), line.stream == "err" ? Role::Warning : Role::Text});
  }
}

std::string state_line(const Frame& frame, const Inspection& look) {
  const WorkerStatus& worker = look.worker;
  std::string text = fmt::format("{} {}", name_of(worker.state), format_short(worker.state_since_s));
  if (look.item)
    text += fmt::format(", {} on #{} (p99 of {} is {}{})", format_short(look.item->elapsed_s), printable(look.item->id),
                        printable(worker.stage), latency_text(look.stage_latency.p99_s),
                        is_slow(worker, frame.snapshot) ? ": SLOW" : "");
  return text;
}

std::vector<Entry> entries(const Frame& frame) {
  const InspectState& inspect = frame.state.inspect;
  std::vector<Entry> out;
  if (inspect.gone)
    out.push_back(
        {"", "It has ended meanwhile. What follows is from the last look at it; Esc goes back.", Role::Warning});
  else if (!inspect.refused.empty())
    out.push_back({"", "no look: " + printable(inspect.refused), Role::Error});
  if (!inspect.now) {
    if (out.empty()) out.push_back({"", "looking ..", Role::Dim});
    return out;
  }
  const Inspection& look = *inspect.now;
  const bool moves = look.verdict == "runs" || look.verdict == "works" || look.verdict == "idle";
  out.push_back({"is at", printable(look.text), moves ? Role::Header : Role::Warning});
  out.push_back({"state", state_line(frame, look)});
  if (inspect.before)
    if (const std::string moved = progress_text(*inspect.before, look); !moved.empty()) out.push_back({"did", moved});
  out.push_back({"", ""});
  add_processes(look, out);
  out.push_back({"", ""});
  add_kernel_stack(look, out);
  add_user_stack(frame, out);
  add_output(frame, out);
  return out;
}

/// What is too long for its line goes on below it.
std::vector<Entry> wrapped(const std::vector<Entry>& all, const Window& window) {
  std::vector<Entry> out;
  for (const Entry& entry : all) {
    const auto parts = wrap(entry.text, window.cols() - entry.col, entry.most_parts, window.charset());
    Entry part = entry;
    part.text = parts.empty() ? "" : parts[0];
    out.push_back(part);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      part.what.clear();
      part.text = parts[i];
      out.push_back(part);
    }
  }
  return out;
}

}  // namespace

void draw_inspect(const Frame& frame, Window& window) {
  const InspectState& inspect = frame.state.inspect;
  const std::vector<Entry> lines = wrapped(entries(frame), window);
  const auto rows = static_cast<std::size_t>(std::max(0, window.rows() - 1));
  for (int row = 0; row < window.rows(); ++row) window.clear(row, 0, window.cols());
  const std::size_t last = lines.size() > rows ? lines.size() - rows : 0;
  const std::size_t top = std::min(frame.state.overlay_top, last);
  window.stand_for(0, 0, window.rows(), window.cols(), TextTarget{last});
  std::string title = "Stuck, or just slow?";
  if (inspect.worker)
    title = fmt::format("Worker {} ({} slot {}): stuck, or just slow?", inspect.worker->pid,
                        printable(inspect.worker->stage), inspect.worker->slot);
  draw_title(window, 0, title,
             last > 0 ? fmt::format("{}-{} of {}, Esc back", top + 1, std::min(lines.size(), top + rows), lines.size())
                      : "Esc back",
             true);
  for (std::size_t i = 0; i < rows && top + i < lines.size(); ++i) {
    const Entry& line = lines[top + i];
    const int row = static_cast<int>(i) + 1;
    window.put(row, 1, line.what, Role::Dim);
    window.put(row, line.col, line.text, line.role);
  }
}

}  // namespace pooltop
