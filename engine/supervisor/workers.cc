// SPDX-License-Identifier: MIT
#include "engine/supervisor/workers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/kill_point.h"
#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/control/logs.h"
#include "engine/process/system_needs.h"
#include "engine/stats/problems.h"
#include "engine/supervisor/spools.h"
#include "engine/worker/worker_spec.h"

namespace pooltop {

namespace {

constexpr std::uint64_t kRegionBudget = 256u << 20;  // all rings together
constexpr std::uint64_t kMinRing = 64u << 10;
constexpr std::uint64_t kMaxRing = 1u << 20;
constexpr Nanos kStartAgain = kSecond;  // after the system refused a process, or a trouble that may pass
constexpr std::uint64_t kExitBit = 1;   // of an epoll tag: the pidfd, not the bell
constexpr std::size_t kOutputLines = 3;

std::uint64_t ring_for(std::uint64_t workers) {
  const std::uint64_t share = kRegionBudget / std::max<std::uint64_t>(2 * workers, 1);
  return std::clamp(std::bit_floor(share), kMinRing, kMaxRing);
}

void watch(int epoll_fd, int fd, std::uint32_t events, std::uint64_t tag, std::string_view what) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  check(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl", what);
}

Fd make_eventfd() { return Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "worker")); }

// Of a sink that was told END, when everything is acknowledged: what it wrote is all there. A file is, also when its
// writer is killed before it can say END; of a command nobody knows then whether it came to its own end.
bool is_whole(const Stage& stage, const Slot& slot) {
  if (slot.ended || slot.last_exit->exit == 0) return true;
  return slot.last_exit->signal && !std::holds_alternative<CommandSink>(std::get<SinkConfig>(stage.config.work).to);
}

// Of a sink that was killed before it acknowledged anything: nobody knows whether it had made its file.
bool may_lack_its_file(const Stage& stage, const Slot& slot) {
  return stage.is_sink() && stage.out == 0 && !slot.ended && slot.last_exit->signal.has_value();
}

void count_restart(Stage& stage, Slot& slot) {
  slot.restarts += 1;
  stage.restarts += 1;
}

bool uses_standard(const StageConfig& config, bool input) {
  if (const auto* source = std::get_if<SourceConfig>(&config.work); source != nullptr && input) {
    const auto* lines = std::get_if<LinesSource>(&source->from);
    return lines != nullptr && lines->file == "-";
  }
  const auto* sink = std::get_if<SinkConfig>(&config.work);
  if (sink == nullptr || input) return false;
  const auto* lines = std::get_if<LinesSink>(&sink->to);
  const auto* jsonl = std::get_if<JsonlSink>(&sink->to);
  const auto* csv = std::get_if<CsvSink>(&sink->to);
  return (lines != nullptr && lines->file == "-") || (jsonl != nullptr && jsonl->file == "-") ||
         (csv != nullptr && csv->file == "-");
}

// A run that is short of descriptors must still be asked, paused and stopped: what that needs no worker takes.
constexpr rlim_t kDescriptorsForControl = 12;
constexpr rlim_t kDescriptorsOfStart = 6;  // of a worker, while it is started

// The system gives the lowest number that is free: where so many below the limit are not taken, the first of them is
// free.
void leave_descriptors(int any_fd) {
  constexpr rlim_t kLeft = kDescriptorsForControl + kDescriptorsOfStart;
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit", "descriptors");
  const rlim_t most = std::min<rlim_t>(limit.rlim_cur, INT_MAX);
  const int first = static_cast<int>(most - std::min(most, kLeft));
  const Fd probe(::fcntl(any_fd, F_DUPFD_CLOEXEC, first));
  if (probe.get() != first) throw_system_error(EMFILE, "start", "worker");
}

// What a worker wrote, for a sentence.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return printable(text, 1000);
}

}  // namespace

Workers::Workers(Run& run, Failures& failures, Dispatch& dispatch, WorkerProcesses& processes, int epoll_fd)
    : run_(run), failures_(failures), dispatch_(dispatch), processes_(processes), epoll_fd_(epoll_fd) {
  std::uint64_t workers = 0;
  for (const auto& stage : run_.pipeline.stages()) workers += stage->config.workers;
  ring_bytes_ = ring_for(workers);
  for (const auto& stage : run_.pipeline.stages()) {
    // Ids travel behind the lengths, so packets that carry them hold fewer items.
    const std::uint64_t for_items = ring_bytes_ / 16 / (needs_ids(stage->config) ? 64 : 4);
    stage->queue.set_packet_limits(static_cast<std::uint32_t>(std::min<std::uint64_t>(for_items, 1024)),
                                   std::min<std::uint64_t>(64u << 10, ring_bytes_ / 8));
  }
}

void Workers::add_slot(Stage& stage, std::uint32_t index) {
  auto slot = std::make_unique<Slot>();
  slot->stage = stage.index;
  slot->index = index;
  slot->shown_since = run_.now;
  slot->policy = RestartPolicy(stage.config.max_restarts, stage.config.restarts_within, stage.config.backoff_first);
  stage.slots.push_back(std::move(slot));
}

void Workers::start_all() {
  for (const auto& stage : run_.pipeline.stages())
    for (std::uint32_t i = 0; i < stage->config.workers; ++i) {
      add_slot(*stage, i);
      // A source that was complete before this run went on: nobody is needed to say so once more.
      if (stage->has_ended) stage->slots.back()->phase = SlotPhase::Gone;
    }
  start_due();
}

Nanos Workers::start_due() {
  Nanos next = 0;
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (slot->phase != SlotPhase::Waiting || run_.is_stopping) continue;
      if (slot->start_at <= run_.now) start(*slot);
      if (slot->phase == SlotPhase::Waiting) next = next == 0 ? slot->start_at : std::min(next, slot->start_at);
    }
  return next;
}

// Of a worker that starts now: there may be many more than at the beginning.
std::uint64_t Workers::ring_bytes() const {
  std::uint64_t workers = 0;
  for (const auto& stage : run_.pipeline.stages()) workers += stage->slots.size();
  return std::min(ring_bytes_, ring_for(workers));
}

void Workers::start(Slot& slot) {
  Stage& stage = run_.stage_of(slot);
  WorkerSpec spec;
  spec.stage = stage.config;
  spec.run = run_.options.config.name;
  spec.slot = slot.index;
  spec.max_item_bytes = run_.options.config.max_item_bytes;
  spec.log_file = fmt::format("{}/logs/{}.{}.log", run_.options.run_dir, stage.config.name, slot.index);
  spec.start_dir = run_.options.start_dir;
  spec.skip = stage.ledger.admitted();
  spec.written = stage.written;
  spec.is_successor = slot.last_exit.has_value();
  spec.syncs = run_.options.config.durability == Durability::Fsync;
  spec.spool = stage.spool;
  spec.run_dir = run_.options.run_dir;
  try {
    leave_descriptors(epoll_fd_);
    slot.link = std::make_unique<Link>(ring_bytes(), encode(spec), needs_ids(stage.config));
    slot.bell = make_eventfd();
    slot.wake = make_eventfd();
    WorkerFds fds;
    fds.region = slot.link->region_fd();
    fds.bell = slot.bell.get();
    fds.wake = slot.wake.get();
    if (uses_standard(stage.config, true)) fds.stream = run_.options.stdin_fd;
    if (uses_standard(stage.config, false)) fds.stream = run_.options.stdout_fd;
    StartedWorker process = processes_.start(stage.config.start_method, fds);
    slot.pid = process.pid;
    slot.pidfd = std::move(process.pidfd);
    POOLTOP_KILL_POINT(engine_started_worker);
    slot.link->close_fd();
    const std::uint64_t tag = next_tag_++ << 1;
    tags_[tag] = &slot;
    slot.tag = tag;
    watch(epoll_fd_, slot.bell.get(), EPOLLIN | EPOLLET, tag, "bell");
    watch(epoll_fd_, slot.pidfd.get(), EPOLLIN, tag | kExitBit, "pidfd");
  } catch (const std::system_error& error) {
    // No process, memory or descriptor to be had now: tried again, and said meanwhile.
    if (slot.pid != 0) processes_.kill_strangers(known_pids());
    const std::string why = error.what() + limit_behind(error.code().value());
    run_.note("start_refused", stage, 0, "", why);
    unwatch(slot);
    slot.forget_process();
    slot.trouble = why;
    slot.start_at = run_.now + kStartAgain;
    return;
  }
  slot.trouble.clear();
  slot.phase = SlotPhase::Live;
  slot.started = run_.now;
  slot.started_us = wall_now_us();
  slot.start_ticks = processes_.start_ticks(slot.pid);
  slot.shown = WorkerState::Starting;
  slot.shown_since = run_.now;
  run_.heat(slot);
  for (DeathFacts& dead : run_.deaths)
    if (slot.last_pid != 0 && dead.pid == slot.last_pid) dead.successor = slot.pid;
  if (slot.last_exit) run_.note("restart", stage, slot.pid, "", fmt::format("slot {} has a new worker", slot.index));
  if (stage.is_paused && !slot.is_stopped) slot.paused_by = stage.paused_by;
  if (slot.is_stopped || run_.is_paused || stage.is_paused) pause(slot);
  dispatch_.list_if_able(slot);
}

Workers::Tag Workers::slot_of(std::uint64_t tag) const {
  const auto found = tags_.find(tag & ~kExitBit);
  if (found == tags_.end()) return {};
  return {found->second, (tag & kExitBit) != 0};
}

void Workers::unwatch(Slot& slot) {
  // Closing alone does not leave epoll while a worker holds a copy.
  if (slot.bell) ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, slot.bell.get(), nullptr);
  if (slot.pidfd) ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, slot.pidfd.get(), nullptr);
  tags_.erase(slot.tag);
  slot.tag = 0;
}

std::vector<pid_t> Workers::known_pids() const {
  std::vector<pid_t> pids;
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots)
      if (slot->phase == SlotPhase::Live) pids.push_back(slot->pid);
  return pids;
}

void Workers::reap(Slot& slot) {
  if (slot.phase != SlotPhase::Live) return;
  const auto end = processes_.try_wait_end(slot.pidfd);
  if (!end) return;
  slot.phase = SlotPhase::Dead;
  // It stays readable: an engine that keeps the dead one until there is room for its answers would never sleep.
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, slot.pidfd.get(), nullptr);
  slot.pidfd.reset();
  if (slot.kill_cause == KillCause::None) slot.kill_cause = slot.signalled;
  ExitStatus status;
  if (end->kind == ProcessEnd::Kind::Exited)
    status.exit = end->code;
  else
    status.signal = end->code;
  slot.last_exit = std::move(status);
  slot.last_pid = slot.pid;
  slot.is_listed = false;
  std::erase(run_.stage_of(slot).ready, &slot);
  processes_.kill_strangers(known_pids());
  run_.heat(slot);
}

// Why it was killed, where pooltop knows; empty: it died of itself, or of a stranger.
std::string Workers::cause_of(const Slot& slot) {
  if (!slot.hostile.empty()) return slot.hostile;
  switch (slot.kill_cause) {
    case KillCause::Timeout:
      return "its item took longer than the timeout";
    case KillCause::MemoryLimit:
      return "it used more than memory_limit";
    case KillCause::UserRequeue:
    case KillCause::UserFail:
      return "by the user";
    case KillCause::Restart:
      return "restarted by the user";
    case KillCause::Stop:
      return "the run was stopped";
    case KillCause::None:
    case KillCause::Hostile:
      break;
  }
  return {};
}

ItemFailure Workers::failure_of(const Slot& slot) const {
  ItemFailure failure;
  failure.error = describe_end(*slot.last_exit);
  failure.pid = slot.pid;
  if (slot.last_exit && slot.last_exit->exit) failure.exit = *slot.last_exit->exit;
  if (slot.last_exit && slot.last_exit->signal) failure.signal = *slot.last_exit->signal;
  failure.stderr_tail = last_output(slot);
  return failure;
}

std::string Workers::last_output(const Slot& slot) const {
  LogQuery query;
  query.stage = run_.pipeline.stages()[slot.stage]->config.name;
  query.slot = slot.index;
  query.pid = slot.pid;
  query.lines = kOutputLines;
  query.bytes = kStderrTail;
  std::string text;
  try {
    for (const LogLine& line : read_logs(run_.options.run_dir + "/logs", query).lines) text += line.text + "\n";
  } catch (const std::exception&) {
    return {};  // what it said last is a help, not a need
  }
  return text;
}

void Workers::bury(Slot& slot) {
  Stage& stage = run_.stage_of(slot);
  slot.last_exit->cause = cause_of(slot);
  unwatch(slot);
  if (std::exchange(slot.is_blocked, false)) std::erase(stage.blocked, &slot);
  if (std::exchange(slot.is_hot, false)) std::erase(run_.hot, &slot);
  POOLTOP_KILL_POINT(engine_before_give_back);
  if (!run_.is_stopping) give_back(slot);
  POOLTOP_KILL_POINT(engine_gave_back);
  what_follows(stage, slot);
}

// Everything that it had not answered goes back to the front of the queue, in order, as packets of their own.
void Workers::give_back(Slot& slot) {
  Stage& stage = run_.stage_of(slot);
  auto back = slot.flights.reclaim(slot.suspect());
  if (slot.outgoing) back.packets.push_back(std::move(slot.outgoing));
  for (std::size_t i = back.packets.size(); i-- > 0;) {
    if (back.suspect == i)
      settle_suspect(stage, slot, std::move(back.packets[i]));
    else
      stage.queue.put_front(std::move(back.packets[i]));
  }
}

void Workers::settle_suspect(Stage& stage, Slot& slot, std::unique_ptr<Packet> packet) {
  const double elapsed_s = static_cast<double>(slot.item_elapsed(run_.now)) / 1e9;
  Tried tried{packet->source, packet->take_ref(0), packet->data, elapsed_s};
  slot.died_on = id_text(run_.pipeline.id_prefix(tried.source), tried.item);
  switch (slot.kill_cause) {
    case KillCause::UserRequeue:
    case KillCause::Restart:
    case KillCause::Stop:
      failures_.ended_by_user(stage, slot, std::move(tried), failure_of(slot));
      break;
    case KillCause::UserFail:
      if (slot.is_doomed(slot.link->current()))
        failures_.failed_by_user(stage, slot, std::move(tried));
      else
        failures_.ended_by_user(stage, slot, std::move(tried), failure_of(slot));
      break;
    case KillCause::Timeout:
      slot.failed += 1;
      failures_.work_failed(stage, slot, std::move(tried), failure_of(slot));
      break;
    case KillCause::None:
    case KillCause::MemoryLimit:
    case KillCause::Hostile:
      slot.failed += 1;
      failures_.crashed(stage, slot, std::move(tried), failure_of(slot));
      break;
  }
}

void Workers::restart_at(Slot& slot, Nanos when) {
  slot.forget_process();
  slot.phase = SlotPhase::Waiting;
  slot.start_at = when;
  slot.shown = WorkerState::Backoff;
  slot.shown_since = run_.now;
}

void Workers::what_follows(Stage& stage, Slot& slot) {
  const bool has_ended =
      slot.ended || stage.is_done || (slot.end_sent && slot.leaving == Leaving::No && !may_lack_its_file(stage, slot));
  const bool stays_away =
      run_.is_stopping || slot.leaving == Leaving::Retire || has_ended || (stage.is_source() && run_.is_draining);
  // A source that waited until it could go on did not die of that.
  if (stage.is_source() && slot.trouble_may_pass) slot.trouble.clear();
  if (!slot.trouble.empty() && !run_.is_stopping) return after_trouble(stage, slot);
  // Its stage may have ended while it was leaving: then nobody would tell a successor END.
  const bool is_replaced = slot.leaving == Leaving::Restart || slot.leaving == Leaving::Renew;
  if (is_replaced && !stage.is_done && !run_.is_stopping) {
    if (slot.leaving == Leaving::Restart) count_restart(stage, slot);
    return restart_at(slot, run_.now);
  }
  if (stays_away) {
    if (!run_.is_stopping && has_ended && stage.is_sink() && !is_whole(stage, slot)) ended_badly(stage, slot);
    slot.retire();
    if (!run_.is_stopping && slot.leaving == Leaving::Retire) nobody_left(stage);
    return;
  }
  switch (slot.kill_cause) {
    case KillCause::UserRequeue:
    case KillCause::UserFail:
    case KillCause::Restart:
      count_restart(stage, slot);
      return stage.is_source() && !can_go_on_reading(run_, stage)
                 ? end_source(slot, "its worker was killed and what it reads cannot be read again")
                 : restart_at(slot, run_.now);
    case KillCause::Timeout:
      return restart_at(slot, run_.now);
    default:
      break;
  }
  run_.deaths.push_back({slot.pid, stage.config.name, *slot.last_exit, run_.now, slot.died_on, 0});
  run_.note("crash", stage, slot.pid, "", fmt::format("slot {}: {}", slot.index, describe_end(*slot.last_exit)));
  if (stage.is_source() && !can_go_on_reading(run_, stage))
    return end_source(slot, fmt::format("its worker died ({}) and what it reads cannot be read again",
                                        describe_end(*slot.last_exit)));
  count_restart(stage, slot);
  const std::string how = describe_end(*slot.last_exit);
  if (const auto when = slot.policy.next_start(run_.now, slot.done > slot.done_before)) return restart_at(slot, *when);
  std::string output = last_output(slot);
  output.erase(output.find_last_not_of('\n') + 1);
  give_up(stage, slot, output.empty() ? how : fmt::format("{}; it said last: {}", how, one_line(output)));
}

void Workers::end_waiting(Stage& stage, Slot& slot) {
  slot.phase = SlotPhase::Gone;
  const auto* const sink = std::get_if<SinkConfig>(&stage.config.work);
  const bool is_command = sink != nullptr && std::holds_alternative<CommandSink>(sink->to);
  if (is_command && slot.last_exit && !is_whole(stage, slot)) ended_badly(stage, slot);
}

void Workers::ended_badly(Stage& stage, const Slot& slot) {
  run_.cannot_go_on(
      fmt::format("stage {}: its worker ended badly at the end: {}", stage.config.name, describe_end(*slot.last_exit)));
}

// The last worker of a stage has left: others had been given up before, so the stage cannot go on.
void Workers::nobody_left(Stage& stage) {
  if (stage.is_done || stage.has_live_slot() || run_.pipeline.is_drained(stage)) return;
  for (const auto& slot : stage.slots)
    if (!slot->gave_up.empty()) stage.failure = slot->gave_up;
  run_.cannot_go_on(fmt::format("stage {}: no worker is left: {}", stage.config.name, stage.failure));
}

void Workers::after_trouble(Stage& stage, Slot& slot) {
  const std::string trouble = slot.trouble;
  if (stage.is_source()) return end_source(slot, trouble);
  if (slot.trouble_may_pass) {
    run_.note("trouble", stage, slot.pid, "", trouble);
    restart_at(slot, run_.now + kStartAgain);
    slot.trouble = trouble;  // shown until the next worker has begun
    return;
  }
  slot.retire();
  if (trouble == "EPIPE")
    run_.cannot_go_on("the reader of standard output went away", kExitReaderGone);
  else
    run_.cannot_go_on(fmt::format("stage {}: {}", stage.config.name, trouble));
  stage.failure = trouble;
}

void Workers::end_source(Slot& slot, std::string why) {
  Stage& stage = run_.stage_of(slot);
  run_.note("source_failed", stage, slot.pid, "", why);
  stage.failure = std::move(why);
  if (run_.failure.empty()) {
    run_.failure = fmt::format("source {}: {}", stage.config.name, stage.failure);
    run_.verdict = kExitCannotGoOn;
  }
  slot.ended = true;
  slot.retire();
}

void Workers::give_up(Stage& stage, Slot& slot, const std::string& why) {
  slot.retire();
  slot.gave_up = fmt::format("more than {} restarts of one worker within {}; {}", stage.config.max_restarts,
                             format_duration(stage.config.restarts_within), why);
  run_.note("given_up", stage, slot.pid, "", slot.gave_up);
  if (stage.has_live_slot()) return;
  stage.failure = slot.gave_up;
  run_.cannot_go_on(fmt::format("stage {}: no worker is left: {}", stage.config.name, slot.gave_up));
}

void Workers::kill(Slot& slot, KillCause cause) {
  if (slot.phase != SlotPhase::Live) return;
  const bool says_more = slot.kill_cause == KillCause::UserRequeue && cause == KillCause::UserFail;
  if (slot.kill_cause == KillCause::None || cause == KillCause::Stop || says_more) slot.kill_cause = cause;
  processes_.send_signal(slot.pidfd, SIGKILL);  // what it leaves behind is killed when it has been reaped
}

void Workers::terminate(Slot& slot, KillCause cause, Nanos grace) {
  if (slot.phase != SlotPhase::Live) return;
  dispatch_.take_back(slot);
  if (!processes_.has_descendants(slot.pid)) return kill(slot, cause);
  slot.kill_cause = cause;
  slot.kill_at = run_.now + grace;
  processes_.signal_descendants(slot.pid, SIGTERM);
  if (slot.is_stopped) resume(slot);  // a stopped process cannot obey
}

void Workers::signal(Slot& slot, KillCause cause, int number) {
  if (slot.phase != SlotPhase::Live) return;
  const bool works_alone = !processes_.has_descendants(slot.pid);
  slot.signalled = cause;
  processes_.signal_descendants(slot.pid, number);
  if (works_alone) processes_.send_signal(slot.pidfd, number);
}

void Workers::pause(Slot& slot) {
  slot.is_stopped = true;
  if (slot.phase != SlotPhase::Live) return;
  dispatch_.take_back(slot);
  processes_.stop_tree(slot.pidfd, slot.pid);
  slot.stand(run_.now);
}

void Workers::resume(Slot& slot) {
  slot.is_stopped = slot.takes_nothing = slot.is_stopped_by_other = false;
  if (slot.phase != SlotPhase::Live) return;
  slot.go_on(run_.now);
  processes_.continue_tree(slot.pidfd, slot.pid);
  dispatch_.list_if_able(slot);
}

void Workers::let_go(Slot& slot, Leaving how) {
  slot.leaving = how;
  if (slot.phase == SlotPhase::Waiting) slot.phase = how == Leaving::Retire ? SlotPhase::Gone : slot.phase;
  if (slot.phase != SlotPhase::Live) return;
  dispatch_.take_back(slot);
  tell_end(slot);
}

void Workers::tell_end(Slot& slot) {
  if (slot.end_sent || slot.outgoing || slot.phase != SlotPhase::Live) return;
  if (!dispatch_.has_room(slot, record_bytes(0, 0, 0))) return;  // escalate() tries again
  POOLTOP_KILL_POINT(engine_before_end);
  slot.link->push_end();
  slot.link->wake(slot.wake.get());
  slot.end_sent = true;
  run_.heat(slot);
}

void Workers::notice_stops() {
  while (const auto change = processes_.next_stop_change()) {
    for (const auto& stage : run_.pipeline.stages())
      for (const auto& slot : stage->slots) {
        if (slot->pid != change->pid || slot->phase != SlotPhase::Live) continue;
        // Stopping it took until it stood: what is heard to go on now was let go by somebody else.
        if (slot->is_stopped && change->is_stopped) continue;
        slot->is_stopped = false;
        slot->is_stopped_by_other = change->is_stopped;
        if (slot->is_stopped_by_other) {
          slot->stand(run_.now);
          dispatch_.take_back(*slot);
        } else {
          slot->go_on(run_.now);
          dispatch_.list_if_able(*slot);
        }
      }
  }
}

void Workers::escalate() {
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots) {
      if (slot->phase != SlotPhase::Live) continue;
      if (slot->leaving != Leaving::No) tell_end(*slot);
      if (slot->kill_at == 0) continue;
      if (run_.now >= slot->kill_at || !processes_.has_descendants(slot->pid)) kill(*slot, slot->kill_cause);
    }
}

void Workers::scale(Stage& stage, std::uint32_t workers) {
  std::erase_if(stage.slots, [](const auto& s) {
    return s->phase == SlotPhase::Gone && s->leaving == Leaving::Retire && !s->is_hot;
  });
  std::uint32_t staying = 0;
  std::uint32_t next_index = 0;
  for (const auto& slot : stage.slots) {
    next_index = std::max(next_index, slot->index + 1);
    staying += slot->leaving != Leaving::Retire && slot->phase != SlotPhase::Gone ? 1 : 0;
  }
  for (auto slot = stage.slots.rbegin(); slot != stage.slots.rend() && staying > workers; ++slot) {
    if ((*slot)->leaving == Leaving::Retire || (*slot)->phase == SlotPhase::Gone) continue;
    if ((*slot)->is_stopped) resume(**slot);  // a stopped worker could not leave
    let_go(**slot, Leaving::Retire);
    --staying;
  }
  for (; staying < workers; ++staying) add_slot(stage, next_index++);
  stage.config.workers = workers;
  start_due();
}

std::uint32_t Workers::live() const {
  std::uint32_t count = 0;
  for (const auto& stage : run_.pipeline.stages())
    for (const auto& slot : stage->slots)
      count += slot->phase == SlotPhase::Live || slot->phase == SlotPhase::Dead ? 1 : 0;
  return count;
}

}  // namespace pooltop
