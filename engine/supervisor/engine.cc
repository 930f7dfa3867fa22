// SPDX-License-Identifier: MIT
#include "engine/supervisor/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <system_error>

#include "engine/base/error.h"
#include "engine/process/system_needs.h"
#include "engine/process/worker_processes.h"
#include "engine/supervisor/supervisor.h"
#include "engine/worker/worker_spec.h"

namespace pooltop {

namespace {

constexpr std::uint64_t kDescriptorsOfWorker = 4;   // its bell, ours, its pidfd, its /proc/PID/stat
constexpr std::uint64_t kDescriptorsOfEngine = 40;  // what it has open itself, and what it leaves for control

std::uint64_t workers_in(const PipelineConfig& config) {
  std::uint64_t workers = 0;
  for (const StageConfig& stage : config.stages) workers += stage.is_source() || stage.is_sink() ? 1 : stage.workers;
  return workers;
}

std::uint64_t descriptors_for(std::uint64_t workers) { return workers * kDescriptorsOfWorker + kDescriptorsOfEngine; }

// Four descriptors a worker: the usual soft limit of 1024 is not for a program like this; the hard one is kept.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Refused: starting a worker will say so when it matters.
  [[maybe_unused]] const int result = ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A queue of large items that grows and shrinks would give its memory back and fault it in again each time, which
// costs as much as all the copying. What the queues may hold is bounded, so what is kept is.
void keep_freed_memory() {
  constexpr int kKeptBytes = 64 << 20;
  [[maybe_unused]] const int result = ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);  // refused: slower, nothing else
}

void make_logs_dir(const std::string& run_dir) {
  const std::string path = run_dir + "/logs";
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_system_error(errno, "mkdir", path);
}

}  // namespace

std::string why_not_here(const PipelineConfig& config) {
  if (std::string missing = why_system_will_not_do(); !missing.empty()) return missing;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const std::uint64_t workers = workers_in(config);
  const std::uint64_t needed = descriptors_for(workers);
  if (limit.rlim_max == RLIM_INFINITY || needed <= limit.rlim_max) return {};
  return fmt::format(
      "{} workers need {} file descriptors, this process may have {} (ulimit -Hn): raise that, or take "
      "fewer workers",
      workers, needed, limit.rlim_max);
}

std::size_t spare_descriptors(const PipelineConfig& config) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const std::uint64_t needed = descriptors_for(workers_in(config));
  return limit.rlim_cur <= needed ? 0 : static_cast<std::size_t>((limit.rlim_cur - needed) / 2);
}

int run_engine(EngineOptions options) {
  const int report = options.fds.report;
  try {
    SystemProcesses processes(worker_main);  // first: before there is anything to inherit
    raise_descriptor_limit();
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, not the engine's death
    keep_freed_memory();
    make_logs_dir(options.run_dir);
    Supervisor supervisor(std::move(options), processes);
    return supervisor.run();
  } catch (const std::system_error& error) {
    if (report >= 0) report_error(report, error.what() + limit_behind(error.code().value()));
    return kExitCannotGoOn;
  } catch (const std::exception& error) {
    if (report >= 0) report_error(report, error.what());
    return kExitCannotGoOn;
  }
}

}  // namespace pooltop
