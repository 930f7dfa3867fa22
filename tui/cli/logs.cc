// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/text.h"
#include "engine/control/client.h"
#include "engine/control/logs.h"
#include "engine/control/run_directory.h"
#include "tui/cli/commands.h"
#include "tui/cli/link.h"
#include "tui/cli/output.h"
#include "tui/cli/select.h"

namespace pooltop {
namespace {

constexpr std::size_t kBytes = 256u << 20;  // of memory, which all lines need to be put in the order of their times
constexpr int kLookAgainMs = 250;

std::string_view name_of_kind(LogKind kind) {
  switch (kind) {
    case LogKind::Out:
      return "out";
    case LogKind::Err:
      return "err";
    case LogKind::Note:
      break;
  }
  return "---";
}

/// "12:00:43.655 fetch.1 21872 err warning: …". What a worker wrote is data: on a terminal it is escaped.
std::string text_of(const LogLine& line, bool escape) {
  constexpr std::size_t kDate = 11;
  return fmt::format("{} {}.{} {} {} {}\n", line.time.size() > kDate ? line.time.substr(kDate) : line.time, line.stage,
                     line.slot, line.pid, name_of_kind(line.kind), escape ? printable(line.text) : line.text);
}

bool print_new(const std::string& dir, LogQuery& query, bool escape) {
  const LogAnswer answer = read_logs(dir, query);
  if (answer.skipped) say(fmt::format("older lines were left out; all of them are in {}", dir));
  query.cursor = answer.cursor;
  std::string text;
  for (const LogLine& line : answer.lines) text += text_of(line, escape);
  print(text);
  return !answer.lines.empty();
}

/// Until the run ends: the connection to its engine says so.
void follow(const std::string& run, const std::string& dir, LogQuery& query, bool escape) {
  try {
    Client client = connect_to(run);
    client.send({{"command", "wait"}});
    for (;;) {
      print_new(dir, query, escape);
      pollfd entry{.fd = client.fd(), .events = POLLIN, .revents = 0};
      if (::poll(&entry, 1, kLookAgainMs) > 0 && client.next()) break;
    }
  } catch (const ControlError&) {  // its engine is gone
  } catch (const CliError& error) {
    if (error.status() != kExitNoSuchTarget) throw;
  }
  while (print_new(dir, query, escape)) continue;
}

/// What a worker's children wrote has their PIDs: a worker that is there is meant with all that came through it.
void widen_to_children(const std::string& run, LogQuery& query) {
  const auto info = find_run(run);
  if (!info || !info->going_on) return;
  const Snapshot status = last_status(run);
  for (const WorkerStatus& worker : status.workers) {
    if (worker.pid != query.pid) continue;
    query.stage = worker.stage;
    query.slot = worker.slot;
    query.pid = 0;
    query.since = worker.started_at.substr(0, worker.started_at.find('Z'));
    return;
  }
}

/// A target that the run does not have is refused, not silence.
void check_target(const std::string& run, const LogQuery& query, bool printed) {
  if (printed || query.slot || (query.pid == 0 && query.stage.empty())) return;
  const Snapshot status = last_status(run);
  for (const StageStatus& stage : status.stages)
    if (stage.name == query.stage) return;
  for (const WorkerStatus& worker : status.workers)
    if (query.pid != 0 && worker.pid == query.pid) return;
  throw CliError(kExitNoSuchTarget,
                 fmt::format("the run \"{}\" has no {}", run,
                             query.pid != 0 ? fmt::format("log of a PID {}", query.pid)
                                            : fmt::format("stage \"{}\"", printable(query.stage, 64))));
}

}  // namespace

int execute(const LogsOptions& options) {
  const SelectedRun selected = select_run(options.at, {.has_targets = true, .ended_will_do = true});
  const auto directory = RunDirectory::open_existing(selected.run);
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", selected.run));
  if (selected.targets.size() > 1) throw CliError(kExitUsage, "logs: one stage or PID at a time");
  LogQuery query;
  query.lines = std::numeric_limits<std::size_t>::max();
  query.bytes = query.read_bytes = kBytes;
  if (!selected.targets.empty()) {
    query.pid = pid_of(selected.targets[0]);
    if (query.pid == 0) query.stage = selected.targets[0];
    if (query.pid != 0) widen_to_children(selected.run, query);
  }
  const bool escape = ::isatty(STDOUT_FILENO) == 1;
  check_target(selected.run, query, print_new(directory->logs_dir(), query, escape));
  if (options.follow) follow(selected.run, directory->logs_dir(), query, escape);
  return 0;
}

}  // namespace pooltop
