// SPDX-License-Identifier: MIT
#include "engine/stats/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {
namespace {

constexpr double kRuns = 50;  // percent of a core
constexpr double kWorks = 1;
constexpr double kStillIsNews = 2;  // seconds without processor time

using Kind = VerdictKind;

std::string who(const ProcessView& process) { return fmt::format("{} {}", printable(process.name, 32), process.pid); }

bool is_network(DescriptorKind kind) {
  return kind == DescriptorKind::Tcp || kind == DescriptorKind::Udp || kind == DescriptorKind::Unix ||
         kind == DescriptorKind::Socket;
}

const DescriptorView* first_of(const WaitView& wait, auto matches) {
  const auto found = std::find_if(wait.descriptors.begin(), wait.descriptors.end(),
                                  [&](const DescriptorView& each) { return matches(each); });
  return found == wait.descriptors.end() ? nullptr : &*found;
}

/// Finds the process at the end of the chain of waits.
class Chain {
 public:
  explicit Chain(const VerdictFacts& facts) : facts_(facts) {}

  /// Index in the tree; goes on until somebody waits for nobody of the tree.
  std::size_t end() {
    std::size_t at = begin();
    for (;;) {
      path_.push_back(at);
      const auto next = next_of(at);
      if (!next) return at;
      if (std::ranges::find(path_, *next) != path_.end()) {
        is_circle_ = true;
        return at;
      }
      at = *next;
    }
  }
  [[nodiscard]] bool is_circle() const noexcept { return is_circle_; }
  [[nodiscard]] std::string names() const {
    std::string out;
    for (const std::size_t index : path_) out += (out.empty() ? "" : ", ") + who(facts_.tree[index]);
    return out;
  }

 private:
  [[nodiscard]] std::optional<std::size_t> index_of(pid_t pid) const {
    for (std::size_t i = 0; i < facts_.tree.size(); ++i)
      if (facts_.tree[i].pid == pid) return i;
    return std::nullopt;
  }
  [[nodiscard]] std::size_t begin() const { return index_of(facts_.child).value_or(0); }

  void add(pid_t pid, std::vector<std::size_t>& out) const {
    const auto index = index_of(pid);
    // The worker waits for what works for it, not the other way round.
    if (index && *index != 0 && facts_.tree[*index].state != 'Z') out.push_back(*index);
  }

  [[nodiscard]] std::optional<std::size_t> next_of(std::size_t at) const {
    const ProcessView& process = facts_.tree[at];
    if (process.state != 'S' && process.state != 'D') return std::nullopt;
    std::vector<std::size_t> candidates;
    if (process.wait.kind == CallKind::Child)
      for (const ProcessView& other : facts_.tree)
        if (other.parent == process.pid && (process.wait.child == 0 || process.wait.child == other.pid))
          add(other.pid, candidates);
    for (const DescriptorView& descriptor : process.wait.descriptors)
      if (descriptor.kind == DescriptorKind::Pipe)
        for (const pid_t peer : descriptor.peers) add(peer, candidates);
    std::erase(candidates, at);
    if (candidates.empty()) return std::nullopt;
    const auto is_new = [&](std::size_t index) { return std::ranges::find(path_, index) == path_.end(); };
    const auto fresh = std::ranges::find_if(candidates, is_new);
    return fresh == candidates.end() ? candidates.front() : *fresh;
  }

  const VerdictFacts& facts_;
  std::vector<std::size_t> path_;
  bool is_circle_ = false;
};

Verdict about_read(const VerdictFacts& facts, const ProcessView& process) {
  const WaitView& wait = process.wait;
  const std::string where = fmt::format("{} in {}", who(process), text_of(wait));
  if (first_of(wait, [](const auto& each) { return is_network(each.kind) && !each.name.empty(); }) != nullptr)
    return {Kind::Network, fmt::format("waits for the network: {}", where), process.pid};
  const DescriptorView* const pipe = first_of(wait, [](const auto& each) { return each.kind == DescriptorKind::Pipe; });
  if (pipe != nullptr && pipe->for_writing)
    return {Kind::Output, fmt::format("waits until its output is read: {}", where), process.pid};
  if (pipe != nullptr && pipe->number == 0 && process.pid == facts.child) {
    if (facts.child_stays && facts.has_item)
      return {Kind::Input,
              fmt::format("waits for more on its stdin, its item unanswered: {}; is its stdout buffered?", where),
              process.pid};
    return {Kind::Input, fmt::format("waits for its stdin: {}, nothing more has been sent", where), process.pid};
  }
  if (pipe != nullptr)
    return {Kind::Input,
            fmt::format("waits for input: {}{}", where,
                        pipe->peers.empty() && pipe->peers_known ? ", no process of this worker writes to it" : ""),
            process.pid};
  if (first_of(wait, [](const auto& each) { return each.kind == DescriptorKind::Terminal; }) != nullptr)
    return {Kind::Input, fmt::format("waits for somebody to type: {}", where), process.pid};
  if (first_of(wait, [](const auto& each) { return is_network(each.kind); }) != nullptr)
    return {Kind::Network, fmt::format("waits for a peer: {}", where), process.pid};
  return {Kind::Input, fmt::format("waits for input: {}", where), process.pid};
}

Verdict about_write(const ProcessView& process) {
  const WaitView& wait = process.wait;
  const std::string where = fmt::format("{} in {}", who(process), text_of(wait));
  if (first_of(wait, [](const auto& each) { return is_network(each.kind); }) != nullptr)
    return {Kind::Network, fmt::format("waits for the network to take what it sends: {}", where), process.pid};
  return {Kind::Output, fmt::format("waits until its output is read: {}", where), process.pid};
}

Verdict about_thread(const VerdictFacts& facts, const ProcessView& process);

// A first thread that waits for a lock mostly waits for the others: the first of them that does something else.
Verdict about_lock(const VerdictFacts& facts, const ProcessView& process) {
  for (const ThreadView& thread : process.other_threads) {
    if (thread.state == 'R')
      return {Kind::Works,
              fmt::format("works: thread {} {} of {} runs", printable(thread.name, 32), thread.tid, who(process)),
              process.pid};
    if (thread.wait.kind == CallKind::Lock || (thread.wait.call.empty() && thread.wait.wchan.empty())) continue;
    ProcessView as_one = process;
    as_one.wait = thread.wait;
    as_one.state = thread.state;
    as_one.other_threads.clear();
    Verdict verdict = about_thread(facts, as_one);
    verdict.text +=
        fmt::format(" (thread {} {}; the first one waits for a lock)", printable(thread.name, 32), thread.tid);
    return verdict;
  }
  const std::string all = process.threads > 1 ? fmt::format(", as do its {} threads", process.threads) : "";
  return {Kind::Lock, fmt::format("waits for a lock in memory: {} in {}{}", who(process), text_of(process.wait), all),
          process.pid};
}

Verdict about_poll(const VerdictFacts& facts, const ProcessView& process) {
  if (!process.wait.descriptors.empty()) {
    const bool only_events = std::ranges::all_of(
        process.wait.descriptors, [](const DescriptorView& each) { return each.kind == DescriptorKind::Event; });
    if (only_events && !process.other_threads.empty()) return about_lock(facts, process);
    return about_read(facts, process);
  }
  if (process.wait.asked_s)
    return {Kind::Sleep, fmt::format("sleeps: {} in {}", who(process), text_of(process.wait)), process.pid};
  return {Kind::Unknown, fmt::format("waits for an event: {} in {}", who(process), text_of(process.wait)), process.pid};
}

Verdict about_open(const ProcessView& process, const std::string& where) {
  const std::string& wchan = process.wait.wchan;
  if (wchan.find("wait_for_partner") != std::string::npos || wchan.find("fifo") != std::string::npos)
    return {Kind::File, fmt::format("waits for somebody to open the other end of a fifo: {}", where), process.pid};
  return {Kind::File, fmt::format("waits for a file: {}", where), process.pid};
}

Verdict about_thread(const VerdictFacts& facts, const ProcessView& process) {
  const WaitView& wait = process.wait;
  const std::string where = fmt::format("{} in {}", who(process), text_of(wait));
  if (process.state == 'D' && wait.kind != CallKind::Child)
    return {Kind::Disk, fmt::format("waits for a disk, and no signal is heard before that: {}", where), process.pid};
  switch (wait.kind) {
    case CallKind::Read:
      return about_read(facts, process);
    case CallKind::Write:
      return about_write(process);
    case CallKind::Poll:
      return about_poll(facts, process);
    case CallKind::Lock:
      return about_lock(facts, process);
    case CallKind::Open:
      return about_open(process, where);
    case CallKind::Accept:
      return {Kind::Network, fmt::format("waits for somebody to connect: {}", where), process.pid};
    case CallKind::Connect:
      return {Kind::Network, fmt::format("waits for a connection to be made: {}", where), process.pid};
    case CallKind::FileLock:
      return {Kind::FileLock, fmt::format("waits for a lock on a file: {}", where), process.pid};
    case CallKind::Sleep:
      return {Kind::Sleep, fmt::format("sleeps: {}", where), process.pid};
    case CallKind::Sync:
      return {Kind::Disk, fmt::format("waits for a disk: {}", where), process.pid};
    case CallKind::Signal:
      return {Kind::Signal, fmt::format("waits for a signal: {}", where), process.pid};
    case CallKind::Child:
      return {Kind::Child, fmt::format("waits for a child: {}", where), process.pid};
    case CallKind::Other:
      break;
  }
  if (text_of(wait).empty())
    return {Kind::Unknown, fmt::format("waits: {} sleeps, and the system does not say in what", who(process)),
            process.pid};
  return {Kind::Unknown, fmt::format("waits: {}", where), process.pid};
}

Verdict about_process(const VerdictFacts& facts, const ProcessView& process) {
  switch (process.state) {
    case 'T':
      return {Kind::Stopped,
              fmt::format("stopped: {} got a stop signal, not from pooltop; SIGCONT lets it go on", who(process)),
              process.pid};
    case 't':
      return {Kind::Traced,
              process.tracer > 0 ? fmt::format("held by a debugger: {} by {}", who(process), process.tracer)
                                 : fmt::format("held by a debugger: {}", who(process)),
              process.pid};
    case 'Z':
    case 'X':
      return {Kind::Child, fmt::format("has ended: {}, but {} has not asked for its end", who(process), process.parent),
              process.pid};
    case 'R':
      return {Kind::Works, fmt::format("works: {} runs, or waits for a core", who(process)), process.pid};
    default:
      return about_thread(facts, process);
  }
}

std::string cpu_text(double percent, double window_s) {
  return fmt::format("{:.{}f} % of a core in the last {:.1f} s", percent, percent < 10 ? 1 : 0, window_s);
}

Verdict from_processes(const VerdictFacts& facts) {
  if (facts.tree.empty()) return {Kind::Gone, "has ended", 0};
  if (facts.window_s > 0 && facts.tree_percent >= kRuns) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < facts.cpu_percent.size() && i < facts.tree.size(); ++i)
      if (facts.cpu_percent[i] > facts.cpu_percent[most]) most = i;
    const ProcessView& process = facts.tree[most];
    return {Kind::Runs, fmt::format("runs: {} used {}", who(process), cpu_text(facts.tree_percent, facts.window_s)),
            process.pid};
  }
  Chain chain(facts);
  const ProcessView& process = facts.tree[chain.end()];
  Verdict verdict = about_process(facts, process);
  if (chain.is_circle() && facts.still_s >= kStillIsNews)
    verdict = {Kind::Circle, fmt::format("waits in a circle, each for the next: {}", chain.names()), process.pid};
  if (facts.window_s <= 0) return verdict;
  if (facts.tree_percent >= kWorks && process.state != 'T' && process.state != 't')
    return {Kind::Works,
            verdict.kind == Kind::Works
                ? fmt::format("{}; {}", verdict.text, cpu_text(facts.tree_percent, facts.window_s))
                : fmt::format("works now and then, {}; now it {}", cpu_text(facts.tree_percent, facts.window_s),
                              verdict.text),
            verdict.pid};
  verdict.text += facts.still_s >= kStillIsNews ? fmt::format("; no CPU for {}", format_short(facts.still_s))
                                                : "; " + cpu_text(facts.tree_percent, facts.window_s);
  return verdict;
}

}  // namespace

std::string_view name_of(VerdictKind kind) noexcept {
  static constexpr std::string_view kNames[] = {
      "runs",   "works",  "network", "input",  "output", "child", "lock",    "file_lock", "disk", "file",   "sleep",
      "signal", "circle", "stopped", "traced", "paused", "idle",  "blocked", "starting",  "gone", "unknown"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Kind::Unknown) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

Verdict find_verdict(const VerdictFacts& facts) {
  const pid_t worker = facts.tree.empty() ? 0 : facts.tree.front().pid;
  switch (facts.state) {
    case WorkerState::Paused:
      if (facts.paused_after_item) return {Kind::Paused, "paused: it is given nothing until it is resumed", worker};
      if (facts.is_stopped_by_other)
        return {Kind::Stopped, "stopped: it got a stop signal, not from pooltop; a resume lets it go on", worker};
      return {Kind::Paused, "paused: it and all below it stand still until it is resumed", worker};
    case WorkerState::Idle:
      if (facts.is_source) break;
      return {Kind::Idle, "waits for an item: it has none", worker};
    case WorkerState::Blocked:
      return {Kind::Blocked,
              facts.next_stage.empty() ? "waits for room: what takes its results is full"
                                       : fmt::format("waits for room: the queue of {} is full", facts.next_stage),
              worker};
    case WorkerState::Backoff:
      return {Kind::Gone, "has ended, and is started again later", 0};
    case WorkerState::Exited:
    case WorkerState::Killed:
      return {Kind::Gone, "has ended", 0};
    case WorkerState::Starting: {
      Verdict verdict = from_processes(facts);
      return {Kind::Starting, "starting: it has not asked for work yet; it " + verdict.text, verdict.pid};
    }
    case WorkerState::Busy:
      break;
  }
  return from_processes(facts);
}

}  // namespace pooltop
