// SPDX-License-Identifier: MIT
#include "engine/process/sampling.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/base/error.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"

namespace pooltop {
namespace {

constexpr Nanos kBaselineEvery = 900 * kMillisecond;  // looks come once a second, or more often

void add_to(TreeSample& sample, const ProcStat& stat) {
  static const Nanos tick = kSecond / ::sysconf(_SC_CLK_TCK);
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  sample.cpu += static_cast<Nanos>(stat.cpu_ticks + stat.reaped_cpu_ticks) * tick;
  sample.rss_bytes += stat.rss_pages * page;
  ++sample.processes;
}

CpuBaseline::OfProcess cpu_of(pid_t pid, const ProcStat& stat) {
  static const Nanos tick = kSecond / ::sysconf(_SC_CLK_TCK);
  return {pid, stat.start_ticks, static_cast<Nanos>(stat.cpu_ticks) * tick};
}

}  // namespace

void ProcSampler::add(pid_t root) {
  const std::string path = "/proc/" + std::to_string(root) + "/stat";
  remove(root);
  Root entry;
  entry.stat = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));  // gone already: sample() says so
  if (spare_descriptors_ > 0) entry.children = open_children(root);
  if (entry.children) --spare_descriptors_;
  roots_.emplace(root, std::move(entry));
}

void ProcSampler::remove(pid_t root) {
  const auto entry = roots_.find(root);
  if (entry == roots_.end()) return;
  if (entry->second.children) ++spare_descriptors_;
  roots_.erase(entry);
}

// `look` has the root, and gets each process whose children are to be looked at.
void ProcSampler::add_descendants(const Root& root, const ProcStat& root_stat, TreeSample& sample, CpuBaseline& look) {
  std::vector<std::uint32_t> threads{root_stat.threads};
  for (std::size_t i = 0; i < look.processes.size(); ++i) {
    const bool is_kept = i == 0 && root.children && threads[0] == 1;
    const pid_t parent = look.processes[i].pid;
    for (const pid_t pid : is_kept ? reread_children(root.children.get()) : children_of(parent, threads[i])) {
      // A process that changes its parent meanwhile is listed twice.
      if (std::ranges::find(look.processes, pid, &CpuBaseline::OfProcess::pid) != look.processes.end()) continue;
      const auto stat = read_proc_stat(pid);
      if (!stat) continue;
      add_to(sample, *stat);
      look.processes.push_back(cpu_of(pid, *stat));
      threads.push_back(stat->threads);
    }
  }
}

TreeSample ProcSampler::sample(pid_t root, Nanos now) {
  TreeSample out;
  const auto entry = roots_.find(root);
  POOLTOP_ASSERT(entry != roots_.end());
  Root& watched = entry->second;
  const auto stat = reread_proc_stat(watched.stat.get());
  if (!stat) return out;
  out.state = stat->state;
  add_to(out, *stat);
  CpuBaseline look;
  look.processes.push_back(cpu_of(root, *stat));
  add_descendants(watched, *stat, out, look);
  if (out.cpu != std::exchange(watched.last_total, out.cpu)) watched.still_since = now;
  if (watched.recent.at != 0 && now - watched.recent.at < kBaselineEvery) return out;
  look.at = now;
  look.total = out.cpu;
  watched.before = std::exchange(watched.recent, std::move(look));
  return out;
}

CpuBaseline ProcSampler::baseline(pid_t root, Nanos now) const {
  const auto entry = roots_.find(root);
  if (entry == roots_.end()) return {};
  const Root& watched = entry->second;
  // The last look may be this moment's: nothing can be said of no time.
  const bool is_old = watched.before.at == 0 || now - watched.recent.at >= kBaselineEvery;
  CpuBaseline out = is_old ? watched.recent : watched.before;
  out.still_since = watched.still_since;
  return out;
}

std::uint64_t ProcSampler::start_ticks(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  return stat ? stat->start_ticks : 0;
}

}  // namespace pooltop
