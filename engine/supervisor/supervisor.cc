// SPDX-License-Identifier: MIT
//
// The loop. A slot is "hot" while the engine looks at its outbox in every pass. When a pass finds nothing, the hot
// ones are armed (their workers ring from now on), one fence, one pass more: only if that finds nothing too, the
// engine sleeps, and hot ones cool down. An idle slot costs nothing, whether there are four or four thousand.
// While anything is in flight all outboxes are looked at every 100 ms too: a worker that was stopped between its
// publication and its bell cannot hide an answer.
#include "engine/supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/kill_point.h"
#include "engine/model/snapshot_json.h"
#include "engine/supervisor/spools.h"

namespace pooltop {

namespace {

// Tags of the loop's own descriptors; slots' tags are even and begin at 2.
enum Tag : std::uint64_t { kTagServer = UINT64_MAX - 1, kTagSignals = UINT64_MAX - 3, kTagLifeline = UINT64_MAX - 5 };

constexpr Nanos kTick = 100 * kMillisecond;
constexpr Nanos kRebalance = 2 * kMillisecond;
constexpr int kPassesBetweenLooks = 64;  // while items flow without a pause, the other descriptors wait this long

Fd make_signalfd() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask", "engine");
  return Fd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd", "engine"));
}

void add(int epoll, int fd, std::uint64_t tag, std::string_view what) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  check(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl", what);
}

Nanos earlier(Nanos a, Nanos b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

// Into engine.log; where there is no room for that either, there is nobody to tell.
void note_in_log(const std::string& text) { std::fprintf(stderr, "pooltop: %s\n", text.c_str()); }

}  // namespace

Supervisor::Supervisor(EngineOptions options, WorkerProcesses& processes, Timeline& timeline)
    : run_(std::move(options), timeline),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1", "engine")),
      signals_(make_signalfd()),
      failures_(run_),
      observer_(run_),
      recorder_(run_, observer_),
      journal_(run_),
      dispatch_(run_),
      workers_(run_, failures_, dispatch_, processes, epoll_.get()),
      intake_(run_, failures_, observer_),
      commands_(run_, workers_, dispatch_, observer_, failures_, journal_),
      server_({.socket_path = run_.options.socket_path, .run = run_.options.config.name, .version = POOLTOP_VERSION}) {
  add(epoll_.get(), server_.poll_fd(), kTagServer, "control socket");
  add(epoll_.get(), signals_.get(), kTagSignals, "signalfd");
  if (run_.options.fds.lifeline >= 0) add(epoll_.get(), run_.options.fds.lifeline, kTagLifeline, "lifeline");
}

const Snapshot& Supervisor::snapshot() { return observer_.snapshot(); }

nlohmann::ordered_json Supervisor::handle(const nlohmann::json& request, pid_t client) {
  return commands_.handle(request, client);
}

int Supervisor::run() {
  if (run_.options.resumed) restore(run_, *run_.options.resumed);
  plan_spools(run_);
  journal_.start();
  workers_.start_all();
  if (run_.options.fds.report >= 0) report_ready(run_.options.fds.report);
  next_tick_ = run_.now + kTick;
  int passes = 0;
  while (!is_over()) {
    run_.now = run_.timeline.now();
    if (run_.now >= next_tick_) tick();
    const bool did = pass();
    if (did && ++passes < kPassesBetweenLooks) continue;
    passes = 0;
    if (did) {
      wait(run_.now);  // a look at the descriptors, no sleep
      continue;
    }
    arm_hot();
    if (pass()) continue;
    for (Slot* slot : run_.hot) slot->is_hot = false;
    run_.hot.clear();
    if (!is_over()) wait(next_deadline());
  }
  const int status = exit_status();
  finish(status);
  return status;
}

void Supervisor::arm_hot() {
  for (Slot* slot : run_.hot)
    if (slot->phase == SlotPhase::Live) slot->link->arm(run_.pipeline.enough_from(run_.stage_of(*slot)));
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

bool Supervisor::pass_slot(Slot& slot) {
  if (slot.phase != SlotPhase::Live && slot.phase != SlotPhase::Dead) return false;
  if (run_.is_stopping) {
    if (slot.phase != SlotPhase::Dead) return false;
    workers_.bury(slot);
    return true;
  }
  bool did = intake_.read(slot);
  if (slot.phase == SlotPhase::Live) {
    did |= dispatch_.continue_outgoing(slot);
    dispatch_.list_if_able(slot);
    const std::uint64_t limit = run_.stage_of(slot).config.max_items_per_worker;
    if (limit != 0 && slot.handed >= limit && slot.flights.is_empty() && slot.leaving == Leaving::No && !slot.end_sent)
      workers_.let_go(slot, Leaving::Renew);
  }
  if (!slot.hostile.empty() && slot.phase == SlotPhase::Live) workers_.kill(slot, KillCause::Hostile);
  if (slot.phase == SlotPhase::Dead && (!slot.hostile.empty() || !slot.link->has_unread())) {
    workers_.bury(slot);
    next_slot_ = earlier(next_slot_, run_.now);
    did = true;
  }
  return did;
}

bool Supervisor::pass() {
  bool did = false;
  // By index: reading one slot may heat others, and burying one takes it out.
  for (std::size_t i = 0; i < run_.hot.size();) {
    Slot* const slot = run_.hot[i];
    did |= pass_slot(*slot);
    if (i < run_.hot.size() && run_.hot[i] == slot) ++i;
  }
  for (const auto& stage : run_.pipeline.stages()) {
    if (!stage->delayed.empty()) did |= run_.pipeline.release_due(*stage, run_.now);
    if (!stage->queue.is_empty()) did |= dispatch_.hand_out(*stage);
    did |= intake_.read_blocked(*stage);
  }
  for (Slot* slot : run_.hot)
    if (slot->link && slot->link->needs_wake()) slot->link->wake(slot->wake.get());
  did |= end_stages();
  return did;
}

// END, from the sources down: a state of each queue, not an item in it.
bool Supervisor::end_stages() {
  if (run_.is_stopping) return false;
  bool did = false;
  for (const auto& stage : run_.pipeline.stages())
    if (!stage->is_done) did |= end_stage_if_drained(*stage);
  return did;
}

bool Supervisor::end_stage_if_drained(Stage& stage) {
  bool did = false;
  if (!stage.is_source()) {
    if (!run_.pipeline.is_drained(stage)) return false;
    for (const auto& slot : stage.slots) {
      // A sink makes its file, also for no items at all.
      if (slot->phase == SlotPhase::Waiting && !(stage.is_sink() && stage.out == 0))
        workers_.end_waiting(stage, *slot), did = true;
      if (slot->phase == SlotPhase::Live && !slot->end_sent && slot->leaving == Leaving::No) {
        if (slot->is_stopped_by_other || slot->is_stopped) continue;  // it is told when it goes on
        workers_.tell_end(*slot);
        did |= slot->end_sent;
      }
    }
  }
  // Nothing of theirs is left in an outbox: END is read behind the rest of it, and a dead worker is buried when it is
  // empty.
  const bool ended = std::all_of(stage.slots.begin(), stage.slots.end(),
                                 [](const auto& s) { return s->phase == SlotPhase::Gone || s->ended; });
  if (!ended) return did;
  all_ended_ = run_.pipeline.end(stage);
  return true;
}

Nanos Supervisor::next_deadline() const {
  Nanos next = earlier(next_tick_, next_slot_);
  for (const auto& stage : run_.pipeline.stages()) {
    if (!stage->delayed.empty()) next = earlier(next, stage->delayed.begin()->first);
    next = earlier(next, dispatch_.next_start(*stage));
    if (dispatch_.is_uneven(*stage)) next = earlier(next, run_.now + kRebalance);
  }
  return next;
}

void Supervisor::wait(Nanos until) {
  std::array<epoll_event, 64> events;
  const int count = run_.timeline.wait(epoll_.get(), events, until);
  run_.now = run_.timeline.now();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
    if (tag == kTagServer) {
      server_.serve(*this);
    } else if (tag == kTagSignals) {
      take_signals();
    } else if (tag == kTagLifeline) {
      // The guardian is dead: without it nothing would clean up behind this process, so it stops at once, and waits for
      // nobody who would take his time.
      run_.cannot_go_on("its guardian died");
      commands_.kill_now();
    } else if (const auto named = workers_.slot_of(tag); named.slot != nullptr) {
      if (named.is_exit)
        workers_.reap(*named.slot);
      else
        run_.heat(*named.slot);
    }
  }
  if (next_slot_ != 0 && run_.now >= next_slot_) next_slot_ = workers_.start_due();
  if (run_.is_stopping) stop_all();
  for (const auto& stage : run_.pipeline.stages())
    if (dispatch_.is_uneven(*stage) && run_.now >= next_rebalance_) {
      next_rebalance_ = run_.now + kRebalance;
      dispatch_.rebalance(*stage);
    }
}

void Supervisor::take_signals() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) workers_.notice_stops();
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) commands_.stop_now();
    // HUP: the engine has no terminal to lose.
  }
}

void Supervisor::stop_all() {
  commands_.stop_now();
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (slot->phase == SlotPhase::Dead) workers_.bury(*slot);
      if (slot->phase == SlotPhase::Waiting) slot->phase = SlotPhase::Gone;
    }
}

void Supervisor::tick() {
  next_tick_ = run_.now + kTick;
  run_.watching = server_.subscribers();
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots)
      if (slot->phase == SlotPhase::Dead ||
          (slot->phase == SlotPhase::Live &&
           (!slot->hostile.empty() || (!slot->is_blocked && slot->link->has_unread()))))
        run_.heat(*slot);
  workers_.escalate();
  observer_.tick();
  recorder_.tick();
  journal_.tick();
  for (Slot* slot : observer_.take_overdue()) workers_.kill(*slot, KillCause::Timeout);
  for (Slot* slot : observer_.take_oversized()) workers_.kill(*slot, KillCause::MemoryLimit);
  if (run_.is_stopping) stop_all();
  const Nanos due = workers_.start_due();
  next_slot_ = due;
}

bool Supervisor::is_over() const {
  if (all_ended_ && workers_.live() == 0) return true;
  if (!run_.is_stopping) return false;
  return run_.kill_deadline != 0 && workers_.live() == 0;
}

int Supervisor::exit_status() const {
  if (run_.verdict) return *run_.verdict;
  return run_.failed_items > 0 ? kExitSomeFailed : kExitDone;
}

void Supervisor::finish(int status) {
  observer_.end(status);
  const Snapshot& last = snapshot();
  journal_.end();
  recorder_.end(last);
  if (!run_.failure.empty()) tell(run_.failure);
  const std::string text = to_json(last).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  POOLTOP_KILL_POINT(engine_before_report);
  try {
    replace_file(run_.options.run_dir + "/report.json", text);
  } catch (const std::exception& error) {
    tell(fmt::format("the report cannot be written: {}", error.what()));
  }
  POOLTOP_KILL_POINT(engine_reported);
  leave_report(text);
  server_.finish(last);
}

void Supervisor::tell(const std::string& error) const {
  if (run_.options.fds.report >= 0) report_error(run_.options.fds.report, error);
  note_in_log(error);  // the front may have left
}

// A front that is still there does that itself, and tells what comes in its way.
void Supervisor::leave_report(const std::string& text) const {
  const std::string& file = run_.options.report_file;
  if (file.empty() || run_.options.fds.report < 0) return;
  pollfd front{.fd = run_.options.fds.report, .events = 0, .revents = 0};
  if (::poll(&front, 1, 0) <= 0 || (front.revents & POLLERR) == 0) return;
  try {
    const Fd out(
        check(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666), "open", file));
    write_all(out.get(), text, file);
  } catch (const std::system_error& error) {  // nobody is left to hear it; the run's directory has the same
    note_in_log(fmt::format("--report: {}", error.what()));
  }
}

}  // namespace pooltop
