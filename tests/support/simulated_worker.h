// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/process/child.h"
#include "engine/region/region.h"
#include "engine/worker/worker_spec.h"
#include "tests/support/random.h"

namespace pooltop::testing {

/// What becomes of an item in a stage, by its bytes alone: so that whoever looks at the files knows what must be there.
struct Fate {
  std::uint32_t outputs = 1;
  enum class Fault : std::uint8_t { None, Fail, Crash, Hang } fault = Fault::None;
  std::uint32_t times = 0;  ///< that the fault comes before the item is done; always, where it is kAlways
  static constexpr std::uint32_t kAlways = UINT32_MAX;
};
[[nodiscard]] Fate fate_of(const StageConfig& stage, const std::string& bytes, std::uint32_t seed);
/// The bytes of output `i`.
[[nodiscard]] std::string output_of(const StageConfig& stage, const std::string& bytes, const Fate& fate,
                                    std::uint32_t i);

/// What is known of the items of a whole run, whatever engine it had when.
struct Truth {
  std::uint32_t seed = 0;
  Nanos item_time = kMillisecond;                   ///< about
  using Key = std::pair<std::string, std::string>;  // stage, bytes
  struct Tries {
    std::uint32_t faults = 0;    ///< of its fate
    std::uint32_t failures = 0;  ///< answers that said so, and time-outs
    std::uint32_t deaths = 0;    ///< of workers that had it in work
    bool user_failed_it = false;
    Nanos not_before = 0;  ///< its next try may begin
  };
  std::map<Key, Tries> tries;
  /// The pauses between the tries that there were so far are over.
  void forget_pauses() {
    for (auto& [key, tried] : tries) tried.not_before = 0;
  }
};

/// A worker as the engine sees one: its region, its bell, a descriptor that tells its end. It takes one step at a time:
/// between any two it can be killed or stopped, and each store that the engine could see is a step of its own.
class SimulatedWorker {
 public:
  SimulatedWorker(const WorkerFds& fds, pid_t pid, int pidfd, Truth& truth, Random& random, Nanos now);

  /// When it has something to do; nullopt: it is stopped, dead, or sleeps until the engine wakes it.
  [[nodiscard]] std::optional<Nanos> next() const;
  void step(Nanos now);

  void stop(Nanos now);
  void go_on(Nanos now);
  void die(ProcessEnd end);
  /// A user does something to it. Failures that it has told and that the engine has not read, or that of the item in
  /// work, are his doing then: there is no pause behind them.
  void meet_user();

  [[nodiscard]] bool is_alive() const noexcept { return !end_; }
  [[nodiscard]] bool is_stopped() const noexcept { return is_stopped_; }
  [[nodiscard]] const std::optional<ProcessEnd>& end() const noexcept { return end_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] const WorkerSpec& spec() const noexcept { return spec_; }
  /// The item that it says is in work: its bytes, and how long it has worked on it, pauses and waiting for room not
  /// counted.
  struct InWork {
    std::string bytes;
    Nanos worked = 0;
    Nanos begun = 0;  ///< when
  };
  [[nodiscard]] std::optional<InWork> in_work(Nanos now) const;

  bool is_buried = false;       ///< the engine has taken note of its end
  bool has_child = false;       ///< something works for it that gets signals
  bool user_ends_it = false;    ///< a user asked for its end
  bool fails_its_item = false;  ///< and for that of its item
  bool took_too_long = false;   ///< the engine ends it for that

 private:
  struct Packet {
    std::uint64_t start = 0;
    std::uint32_t sequence = 0;
    std::uint32_t count = 0;
    std::uint32_t claimed = 0;
    std::uint32_t answered = 0;
    bool is_exhausted = false;
    std::vector<std::string> items;
  };
  enum class Phase : std::uint8_t { Starting, Idle, Claimed, Working, Written, Commit, Answered, Release, Bell, Leave };

  void rest(Nanos now, Nanos least, Nanos most);
  void rest_until_woken(Nanos now, std::uint64_t want_head);
  void look_for_work(Nanos now);
  void begin(Nanos now);
  void finish_work(Nanos now);
  void emit(Nanos now);
  void write_record(RecordHeader header, const std::vector<std::string>& items);
  [[nodiscard]] bool has_room(std::uint64_t bytes) const;
  void ring();
  Truth::Tries& tries() { return truth_.tries[{spec_.stage.name, item_}]; }
  ControlPage& page() const { return region_->page(); }

  std::optional<RegionMap> region_;
  Fd bell_;
  Fd pidfd_;
  pid_t pid_;
  WorkerSpec spec_;
  Truth& truth_;
  Random& random_;

  Phase phase_ = Phase::Starting;
  Nanos next_at_ = 0;
  bool sleeps_ = false;
  bool is_stopped_ = false;
  Nanos stopped_at_ = 0;
  std::optional<ProcessEnd> end_;

  std::uint64_t in_position_ = 0;
  std::uint64_t out_tail_ = 0;
  std::deque<Packet> packets_;
  std::string item_;  // in work
  Nanos begun_ = 0;
  Nanos began_ = 0;                                                   // as if nothing had held it up
  bool is_met_ = false;                                               // by a user, since its last answer
  std::vector<std::pair<std::uint64_t, Truth::Key>> failed_answers_;  // where they end in the outbox
  Nanos waits_since_ = 0;                                             // for room
  bool has_current_ = false;
  bool has_trouble_ = false;  // a sink that has no room: it leaves, and another one tries again
  bool says_failed_ = false;  // the answer that is written and not yet committed
  std::uint64_t emitted_ = 0;
  std::ofstream file_;
  std::uint64_t written_ = 0;
};

}  // namespace pooltop::testing
