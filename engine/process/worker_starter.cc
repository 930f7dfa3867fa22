// SPDX-License-Identifier: MIT
#include "engine/process/worker_starter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/process/forkserver.h"
#include "engine/process/proc_stat.h"
#include "engine/process/worker_process.h"

namespace pooltop {
namespace {

constexpr int kServerSocket = 3;
constexpr int kWrongUsage = 2;

bool can_run_anew = false;  // become_worker_if_asked() has been called

Fd open_null() { return Fd(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null")); }

StartedWorker start_by_fork(WorkerEntry entry, const WorkerTable& table) {
  if (const std::uint32_t threads = thread_count(); threads > 1) {
    throw std::runtime_error(fmt::format(
        "start method fork: this process has {} threads, its copy would have one; use forkserver or spawn", threads));
  }
  std::fflush(nullptr);  // else the worker would write it once more
  const pid_t parent = ::getpid();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) enter_worker(entry, parent, table);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw_system_error(error, "fork", "worker");
  return {pid, open_pidfd(pid)};
}

}  // namespace

Child start_self(const char* argument, WorkerTable table) {
  if (!can_run_anew) {
    throw std::runtime_error(
        "start methods forkserver and spawn run this program anew: its main() must call become_worker_if_asked() "
        "first");
  }
  const Fd null = open_null();
  for (std::size_t i = 0; i < 3; ++i) {
    if (table[i] < 0) table[i] = null.get();
  }
  std::string name = "pooltop";
  std::string flag = argument;
  std::string parent = std::to_string(::getpid());
  std::string present = std::to_string(present_numbers(table));
  char* const argv[] = {name.data(), flag.data(), parent.data(), present.data(), nullptr};
  const char* const paths[] = {"/proc/self/exe", nullptr};
  ExecPlan plan;
  plan.paths = paths;
  plan.argv = argv;
  plan.envp = environ;
  plan.fd_count = kMaxPlacedFds;
  std::copy(table.begin(), table.end(), plan.fds);
  return start_exec(plan, paths[0]);
}

WorkerStarter::WorkerStarter(WorkerEntry entry) : entry_(entry), null_(open_null()) {
  if (can_run_anew) server_ = std::make_unique<Forkserver>();
}

WorkerStarter::~WorkerStarter() = default;

StartedWorker WorkerStarter::start(StartMethod method, const WorkerFds& fds) {
  const WorkerTable table = worker_table(fds, null_.get());
  switch (method) {
    case StartMethod::Fork:
      return start_by_fork(entry_, table);
    case StartMethod::Spawn: {
      Child child = start_self(kWorkerArgument, table);
      return {child.pid, std::move(child.pidfd)};
    }
    case StartMethod::Forkserver:
      break;
  }
  if (!server_) server_ = std::make_unique<Forkserver>();
  if (auto worker = server_->fork_worker(table)) return std::move(*worker);
  server_ = std::make_unique<Forkserver>();
  if (auto worker = server_->fork_worker(table)) return std::move(*worker);
  throw_system_error(ECHILD, "forkserver", "started anew it does not answer either");
}

pid_t WorkerStarter::forkserver_pid() const noexcept { return server_ ? server_->pid() : 0; }

void become_worker_if_asked(int argc, char** argv, WorkerEntry entry) {
  can_run_anew = true;
  const std::string_view argument = argc > 1 ? argv[1] : "";
  const bool is_server = argument == kServerArgument;
  if (!is_server && argument != kWorkerArgument) return;
  pid_t parent = 0;
  unsigned present = 0;
  if (argc != 4 || !read_number(argv[2], parent) || !read_number(argv[3], present) || !die_with(parent)) {
    std::fprintf(stderr, "pooltop: %s is for pooltop's own processes\n", argv[1]);
    std::exit(kWrongUsage);
  }
  if (is_server) serve_forks(kServerSocket, entry);
  run_worker(entry, present);
}

}  // namespace pooltop
