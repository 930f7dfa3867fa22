// SPDX-License-Identifier: MIT
#include "engine/process/sampling.h"

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/process/proc_stat.h"
#include "engine/process/process_tree.h"

namespace pooltop {
namespace {

void add_to(TreeSample& sample, const ProcStat& stat) {
  static const Nanos tick = kSecond / ::sysconf(_SC_CLK_TCK);
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  sample.cpu += static_cast<Nanos>(stat.cpu_ticks + stat.reaped_cpu_ticks) * tick;
  sample.rss_bytes += stat.rss_pages * page;
  ++sample.processes;
}

}  // namespace

void ProcSampler::add(pid_t root) {
  const std::string path = "/proc/" + std::to_string(root) + "/stat";
  roots_.insert_or_assign(root, Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));  // gone already: sample() says so
}

void ProcSampler::remove(pid_t root) { roots_.erase(root); }

TreeSample ProcSampler::sample(pid_t root) {
  TreeSample out;
  const auto entry = roots_.find(root);
  POOLTOP_ASSERT(entry != roots_.end());
  const auto stat = reread_proc_stat(entry->second.get());
  if (!stat) return out;
  out.state = stat->state;
  add_to(out, *stat);
  for (const pid_t pid : tree_of(root)) {
    if (pid == root) continue;
    if (const auto descendant = read_proc_stat(pid)) add_to(out, *descendant);
  }
  return out;
}

std::uint64_t ProcSampler::start_ticks(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  return stat ? stat->start_ticks : 0;
}

}  // namespace pooltop
