// SPDX-License-Identifier: MIT
// Two looks, half a second apart: what moved between them says more than either.
#include <fmt/format.h>
#include <poll.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/control/inspection.h"
#include "engine/control/logs.h"
#include "tui/app/user_stack.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"

namespace pooltop {
namespace {

constexpr int kBetweenLooksMs = 500;
constexpr std::size_t kOutputLines = 5;
constexpr std::size_t kCommandBytes = 160;
constexpr Nanos kLookTime = 10 * kSecond;

std::string heading(const Inspection& look) {
  const WorkerStatus& worker = look.worker;
  std::string text = fmt::format("worker {} of {}, slot {}: {} for {}", worker.pid, printable(worker.stage),
                                 worker.slot, name_of(worker.state), format_short(worker.state_since_s));
  if (!look.item) return text + "\n";
  text += fmt::format(", {} on item {}, try {}/{}", format_short(look.item->elapsed_s), look.item->id,
                      look.item->attempt, look.item->max_attempts);
  if (look.stage_latency.p99_s <= 0)
    return text + fmt::format(" (no item of {} is done yet)\n", printable(worker.stage));
  return text + fmt::format(" (p99 of {}: {:.3g} s)\n", printable(worker.stage), look.stage_latency.p99_s);
}

/// The worker's own command line says only how it was started.
std::string command_of(const Inspection& look, const InspectedProcess& process) {
  if (process.pid == look.worker.pid) return "pooltop, the worker itself";
  if (process.argv.empty()) return process.name;
  return printable(fmt::format("{}", fmt::join(process.argv, " ")), kCommandBytes);
}

std::string process_table(const Inspection& look) {
  std::string text =
      fmt::format("\n{:>8} {:<16} {:>5} {:>6}  {}\n", "PID", "STATE", "CPU%", "RSS", "COMMAND, WHERE IT IS");
  for (const InspectedProcess& process : look.processes) {
    text += fmt::format("{:>8} {:<16} {:>5} {:>6}  {}\n", process.pid, process.state_text,
                        process.cpu_percent ? fmt::format("{:.1f}", *process.cpu_percent) : "-",
                        format_bytes(process.rss_bytes), command_of(look, process));
    if (!process.where.empty()) text += fmt::format("{:>40}{}\n", "", process.where);
    for (const InspectedThread& thread : process.other_threads)
      text += fmt::format("{:>40}thread {} {} {}: {}\n", "", thread.tid, thread.name, thread.state, thread.where);
  }
  if (look.processes_left_out > 0) text += fmt::format("{:>8} more\n", look.processes_left_out);
  return text;
}

std::string kernel_stack(const Inspection& look) {
  for (const InspectedProcess& process : look.processes) {
    if (process.pid != look.verdict_pid || process.kernel_stack.empty()) continue;
    return fmt::format("\nkernel stack of {}\n  {}\n", process.pid, fmt::join(process.kernel_stack, "\n  "));
  }
  return "";
}

std::string last_output(Client& client, pid_t worker) {
  const auto answer = client.request("tail", {{"pid", worker}, {"lines", kOutputLines}}, monotonic_now() + kLookTime);
  const LogAnswer logs = log_answer_from_json(answer);
  std::string text = "\nlast output\n";
  if (logs.lines.empty()) return text + "  none\n";
  constexpr std::size_t kDate = 11;
  for (const LogLine& line : logs.lines)
    text += fmt::format("  {} {} {}\n", line.time.size() > kDate ? line.time.substr(kDate) : line.time, line.pid,
                        printable(line.text, 400));
  return text;
}

/// The stack by whatever tool is installed; what it has to say where it is refused.
std::string user_stack(const Inspection& look) {
  const InspectedProcess* process = nullptr;
  for (const InspectedProcess& each : look.processes)
    if (each.pid == look.verdict_pid) process = &each;
  if (process == nullptr) return "\nno user stack: the process is gone\n";
  const bool python = is_python(process->name, process->argv);
  const char* const path = std::getenv("PATH");
  const auto tools = stack_tools(process->pid, python, path == nullptr ? "" : path);
  if (tools.empty()) return fmt::format("\n{}\n", no_stack_tool(python));
  say(fmt::format("{} stops {} for a moment", tools.front().name, process->pid));
  StackJob job(tools.front());
  for (Nanos now = monotonic_now(); !job.read(now); now = monotonic_now()) {
    pollfd entry{job.fd(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::max<Nanos>((job.deadline() - now) / kMillisecond, 0)) + 1);
  }
  std::string text = fmt::format("\nstack of {} by {}\n", process->pid, tools.front().name);
  for (const std::string& line : job.result()) text += "  " + line + "\n";
  if (python && tools.front().name != "py-spy") text += "  (py-spy is not installed: frames of the interpreter only)\n";
  return text;
}

}  // namespace

int execute(const InspectOptions& options) {
  if (options.at.words.empty()) throw CliError(kExitUsage, "inspect: which? pooltop inspect [RUN] PID");
  const SelectedRun selected = select_run(options.at, {.has_targets = true});
  if (selected.targets.size() != 1) throw CliError(kExitUsage, "inspect: one PID at a time: pooltop inspect [RUN] PID");
  const pid_t pid = pid_of(selected.targets.front());
  if (pid == 0)
    throw CliError(kExitUsage, fmt::format("inspect: \"{}\" is no PID", printable(selected.targets.front(), 64)));
  Client client = connect_to(selected.run);
  nlohmann::ordered_json which = {{"pid", pid}};
  const auto look = [&] { return client.request("inspect", which, monotonic_now() + kLookTime); };
  const nlohmann::json first = look();
  which["started_at"] = first.at("worker").at("started_at");
  ::poll(nullptr, 0, kBetweenLooksMs);
  nlohmann::json answer = first;
  try {
    answer = look();
  } catch (const ControlError& error) {  // it has ended meanwhile: the first look stands
    if (error.code() != ErrorCode::NoSuchTarget && error.code() != ErrorCode::StalePid) throw;
  }
  const Inspection now = inspection_from_json(answer);
  const std::string moved = progress_text(inspection_from_json(first), now);
  const std::string stack = options.stack ? user_stack(now) : "";
  if (options.json) {
    nlohmann::ordered_json out = to_json(now);
    out["between_looks"] = moved;
    if (options.stack) out["user_stack"] = stack;
    print(out.dump(2) + "\n");
    return 0;
  }
  print(heading(now) + now.text + "\n" + (moved.empty() ? "" : moved + "\n") + process_table(now) + kernel_stack(now) +
        stack + last_output(client, now.worker.pid));
  return 0;
}

}  // namespace pooltop
