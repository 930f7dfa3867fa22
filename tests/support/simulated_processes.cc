// SPDX-License-Identifier: MIT
#include "tests/support/simulated_processes.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "tests/support/must.h"

namespace pooltop::testing {

namespace {
// An engine whose workers do nothing may look so often whether they do: more is an engine that never sleeps.
constexpr Nanos kMostIdleLooks = 200;
constexpr Nanos kMostLooksPerMillisecond = 3;
constexpr Nanos kPassTakes = 10 * kMicrosecond;
// After its timeout a worker may live so long: the engine looks ten times a second.
constexpr Nanos kLate = 300 * kMillisecond;
}  // namespace

// A look at the clock takes time too: an engine that never sleeps would else stop it.
Nanos SimulatedProcesses::now() { return now_ += kPassTakes; }

Nanos SimulatedProcesses::next_step() const {
  Nanos next = INT64_MAX;
  for (const auto& worker : workers_)
    if (const auto at = worker->next()) next = std::min(next, *at);
  return next;
}

void SimulatedProcesses::run_due() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const auto at = workers_[i]->next();
    if (!at || *at > now_) continue;
    workers_[i]->step(now_);
    ++steps_;
    last_step_ = now_;
    idle_looks_ = 0;
  }
  std::erase_if(workers_, [](const auto& worker) { return worker->is_buried; });
}

int SimulatedProcesses::wait(int epoll_fd, std::span<epoll_event> events, Nanos until) {
  if (now_ >= disturber.at) {
    idle_looks_ = 0;
    last_step_ = now_;
    disturber.act(disturber);
  }
  for (;;) {
    run_due();
    if (now_ < stalled_until_) {
      now_ = std::clamp(next_step(), now_ + kMicrosecond, stalled_until_);
      continue;
    }
    const int count = ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), 0);
    const Nanos idle = std::max<Nanos>(now_ - last_step_, 0);
    REQUIRE_MESSAGE(++idle_looks_ < kMostIdleLooks + kMostLooksPerMillisecond * (idle / kMillisecond),
                    "the engine looks again and again, and does nothing");
    if (count > 0) return count;
    MUST((count == 0 || errno == EINTR));
    if (now_ >= until || now_ >= disturber.at) return 0;  // what comes then finds an engine that knows the time
    REQUIRE_MESSAGE((disturber.at != INT64_MAX || now_ - last_step_ < patience), "nothing moves any more");
    now_ = std::max(now_, std::min({until, disturber.at, next_step()}));
  }
}

StartedWorker SimulatedProcesses::start(StartMethod, const WorkerFds& fds) {
  if (random_() % 100 < refused_percent) throw_system_error(EAGAIN, "fork", "worker");
  StartedWorker started;
  started.pid = next_pid_++;
  started.pidfd = Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "pidfd"));
  pids_[started.pidfd.get()] = started.pid;
  workers_.push_back(std::make_unique<SimulatedWorker>(fds, started.pid, started.pidfd.get(), truth_, random_, now_));
  ++started_;
  return started;
}

SimulatedWorker* SimulatedProcesses::find(pid_t pid) {
  for (const auto& worker : workers_)
    if (worker->pid() == pid) return worker.get();
  return nullptr;
}

std::optional<ProcessEnd> SimulatedProcesses::try_wait_end(const Fd& pidfd) {
  SimulatedWorker* const worker = find(pids_.at(pidfd.get()));
  MUST(worker != nullptr);
  if (worker->is_alive()) return std::nullopt;
  worker->is_buried = true;
  return worker->end();
}

std::optional<WorkerProcesses::StopChange> SimulatedProcesses::next_stop_change() {
  if (changes_.empty()) return std::nullopt;
  const StopChange change = changes_.front();
  changes_.pop_front();
  return change;
}

void SimulatedProcesses::change(const SimulatedWorker& worker) {
  std::erase_if(changes_, [&](const StopChange& change) { return change.pid == worker.pid(); });  // as the system does
  changes_.push_back({worker.pid(), worker.is_stopped()});
  MUST(::raise(SIGCHLD) == 0);  // it is blocked, and read from the engine's signalfd
}

// An engine kills for a reason: a user's, the run's end, or that an item took too long, for which it has to wait.
void SimulatedProcesses::killed_by_engine(SimulatedWorker& worker) {
  if (a_user_acts) worker.meet_user();
  worker.user_ends_it |= a_user_acts || the_run_stops || (ends_by_itself && ends_by_itself());
  if (worker.user_ends_it) return;
  const auto in_work = worker.in_work(now_);
  const auto& timeout = worker.spec().stage.timeout;
  REQUIRE_MESSAGE((in_work && timeout),
                  "worker " << worker.pid() << " of " << worker.spec().stage.name << " was killed for no reason");
  REQUIRE_MESSAGE(in_work->worked >= *timeout, "worker " << worker.pid() << " was killed after "
                                                         << to_seconds(in_work->worked) << " s at "
                                                         << to_seconds(now_));
  const Nanos stall = stalled_until_ > in_work->begun ? stalled_for_ : 0;
  REQUIRE_MESSAGE(in_work->worked <= *timeout + kLate + stall, "worker " << worker.pid() << " was killed only after "
                                                                         << to_seconds(in_work->worked) << " s at "
                                                                         << to_seconds(now_ - 1000 * kSecond));
  truth_.tries[{worker.spec().stage.name, in_work->bytes}].failures += 1;
  worker.took_too_long = true;
  ++timeouts_;
}

void SimulatedProcesses::send_signal(const Fd& pidfd, int signal) {
  SimulatedWorker* const worker = find(pids_.at(pidfd.get()));
  if (worker == nullptr || !worker->is_alive()) return;
  signal == SIGKILL ? killed_by_engine(*worker) : worker->meet_user();
  worker->die({ProcessEnd::Kind::Signaled, signal});
}

bool SimulatedProcesses::has_descendants(pid_t root) {
  const SimulatedWorker* const worker = find(root);
  return worker != nullptr && worker->is_alive() && worker->has_child;
}

// Some obey, and what they worked on ends badly; others do not care.
void SimulatedProcesses::signal_descendants(pid_t root, int signal) {
  SimulatedWorker* const worker = find(root);
  if (worker == nullptr || !worker->is_alive() || !worker->has_child) return;
  if (signal == SIGTERM) worker->user_ends_it = true;
  worker->meet_user();
  if (random_() % 2 == 0) worker->die({ProcessEnd::Kind::Signaled, signal});
}

void SimulatedProcesses::stop_tree(const Fd&, pid_t root) {
  if (SimulatedWorker* const worker = find(root)) stop_by_stranger(*worker);
}

void SimulatedProcesses::continue_tree(const Fd&, pid_t root) {
  if (SimulatedWorker* const worker = find(root)) continue_by_stranger(*worker);
}

void SimulatedProcesses::stop_by_stranger(SimulatedWorker& worker) {
  if (!worker.is_alive() || worker.is_stopped()) return;
  worker.stop(now_);
  change(worker);
}

void SimulatedProcesses::continue_by_stranger(SimulatedWorker& worker) {
  if (!worker.is_alive() || !worker.is_stopped()) return;
  worker.go_on(now_);
  change(worker);
}

void SimulatedProcesses::stall(Nanos span) {
  stalled_until_ = now_ + span;
  stalled_for_ += span;
}

std::vector<SimulatedWorker*> SimulatedProcesses::alive() {
  std::vector<SimulatedWorker*> found;
  for (const auto& worker : workers_)
    if (worker->is_alive()) found.push_back(worker.get());
  return found;
}

void SimulatedProcesses::end_life() {
  for (const auto& worker : workers_) worker->die({ProcessEnd::Kind::Signaled, SIGKILL});
  workers_.clear();
  pids_.clear();
  changes_.clear();
  a_user_acts = the_run_stops = false;
  stalled_until_ = stalled_for_ = 0;
  truth_.forget_pauses();
}

}  // namespace pooltop::testing
