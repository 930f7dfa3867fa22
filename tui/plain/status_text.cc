// SPDX-License-Identifier: MIT
#include "tui/plain/status_text.h"

#include <fmt/format.h>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/plain/progress.h"

namespace pooltop {
namespace {

std::string head(const Snapshot& status) {
  std::string text = fmt::format("{}: {}, {} ", status.run, name_of(status.state), format_elapsed(status.elapsed_s));
  text += fmt::format(" {} done", status.items.done);
  if (status.items.total) text += fmt::format(" of {}", *status.items.total);
  text += fmt::format(", {} failed", status.items.failed);
  if (is_alive(status.state)) {
    text += fmt::format(", {} in flight", status.items.in_flight);
    if (status.eta_s) text += ", eta " + approximate(*status.eta_s);
    text += fmt::format("  (engine {})", status.pid);
  }
  if (status.exit_status) text += fmt::format("  exit {}", *status.exit_status);
  return text + "\n";
}

std::string row(const StageStatus& stage) {
  const std::string queue = stage.queue ? fmt::format("{}/{}", stage.queue->depth, stage.queue->capacity) : "-";
  return fmt::format("{:<16} {:<8} {:>11} {:>5}/{:<4} {:>10} {:>10} {:>7} {:>7} {:>8.1f}  {}\n", stage.name, stage.kind,
                     queue, stage.busy, stage.workers, stage.in, stage.out, stage.failed, stage.restarts,
                     stage.rate_per_s, name_of(stage.state));
}

std::string row(const WorkerStatus& worker) {
  const std::string item = worker.item_id ? fmt::format("#{} {}", *worker.item_id, worker.item.value_or("")) : "";
  return fmt::format("{:>8} {:<16} {:>4} {:<8} {:>7} {:>8} {:>5.1f} {:>7}  {}\n",
                     worker.pid == 0 ? "-" : std::to_string(worker.pid), worker.stage, worker.slot,
                     name_of(worker.state), worker.item_id ? format_short(worker.item_elapsed_s) : "-", worker.done,
                     worker.cpu_percent, format_bytes(worker.rss_bytes), printable(item, 80));
}

}  // namespace

std::string status_text(const Snapshot& status) {
  std::string text = head(status);
  text += fmt::format("{:<16} {:<8} {:>11} {:>5}/{:<4} {:>10} {:>10} {:>7} {:>7} {:>8}  {}\n", "STAGE", "KIND", "QUEUE",
                      "BUSY", "N", "IN", "OUT", "FAILED", "RESTART", "OUT/s", "STATE");
  for (const StageStatus& stage : status.stages) text += row(stage);
  if (!status.workers.empty())
    text += fmt::format("{:>8} {:<16} {:>4} {:<8} {:>7} {:>8} {:>5} {:>7}  {}\n", "PID", "STAGE", "SLOT", "STATE",
                        "ITEM-T", "DONE", "CPU%", "RSS", "ITEM");
  for (const WorkerStatus& worker : status.workers) text += row(worker);
  if (status.limit) {
    text += fmt::format("limit: {}\n", printable(status.limit->text, 512));
    if (!status.limit->advice.empty()) text += fmt::format("       {}\n", printable(status.limit->advice, 512));
  }
  for (const Problem& problem : status.problems)
    text += fmt::format("{}: {}{}: {}\n", problem.severity, problem.stage,
                        problem.pid ? fmt::format(" pid {}", *problem.pid) : "", printable(problem.text, 512));
  return text;
}

}  // namespace pooltop
