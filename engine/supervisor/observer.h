// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/control/inspection.h"
#include "engine/model/snapshot.h"
#include "engine/process/sampling.h"
#include "engine/stats/estimate.h"
#include "engine/stats/latency_histogram.h"
#include "engine/stats/latency_window.h"
#include "engine/stats/limit.h"
#include "engine/stats/problems.h"
#include "engine/stats/rate_meter.h"
#include "engine/stats/time_shares.h"
#include "engine/supervisor/run.h"

namespace pooltop {

inline constexpr std::size_t kStatusItemBytes = 256;  ///< the most of an item that a status shows

/// Watches the run: rates, latencies, what workers spend their time with, CPU and memory, what is wrong; makes the
/// status object of it. Looks ten times a second, at /proc once a second; counts nothing per item.
class Observer {
 public:
  explicit Observer(Run& run);

  /// The worker's work on `count` items took `elapsed` together.
  void answered(Stage& stage, const Slot& slot, Nanos elapsed, std::uint32_t count);
  /// `count` items came out of a source.
  void emitted(Stage& stage, std::uint64_t count);

  /// Every 100 ms.
  void tick();
  /// Workers whose item in work has passed its timeout; those whose tree has passed memory_limit. Each told once.
  [[nodiscard]] std::vector<Slot*> take_overdue() { return std::exchange(overdue_, {}); }
  [[nodiscard]] std::vector<Slot*> take_oversized() { return std::exchange(oversized_, {}); }

  /// The run has ended with `status`; writes its last events to the run's directory.
  void end(int status);
  /// Good until the next call. Without rows it has no workers: they are most of what it costs.
  [[nodiscard]] const Snapshot& snapshot(bool with_rows = true);
  /// A close look at one worker that lives: what its processes are at. Costs 0.1 ms a process.
  [[nodiscard]] Inspection inspect(const Slot& slot);

 private:
  struct StageStats {
    explicit StageStats(Nanos started) : in(started), out(started), last_taken(started) {}
    RateMeter in;
    RateMeter out;
    LatencyWindow latency;
    TimeShares shares;
    std::uint64_t seen_in = 0;
    std::uint64_t seen_out = 0;
    std::uint64_t seen_handed = 0;
    Nanos last_taken;
    Nanos first_item = 0;
    Nanos paused = 0;  // all of it, since its first item
  };
  struct SlotStats {
    explicit SlotStats(Nanos started) : rate(started), heard_at(started) {}
    pid_t pid = 0;
    bool moved = false;  // since the last look
    std::uint64_t seen_done = 0;
    double cpu_percent = 0;
    std::uint64_t rss_bytes = 0;
    RateMeter rate;  // up to here: what every look needs, together
    Nanos cpu = 0;
    Nanos sampled_at = 0;
    std::array<Nanos, 5> spent{};  // by TimeKind, since the process began
    LatencyHistogram latency;
    bool has_begun = false;   // it has taken an item; how long it takes to start is its affair
    std::uint64_t heard = 0;  // how far its answers had come at the last look
    Nanos heard_at;           // when that changed, or nothing was waited for
  };
  /// What a row of the last snapshot was made from: its texts are made again only where this changed.
  struct RowSource {
    std::uint32_t stage = UINT32_MAX;  // of no stage
    std::uint32_t slot = 0;
    pid_t pid = 0;
    std::int64_t started_us = 0;
    const Packet* packet = nullptr;
    std::uint32_t sequence = 0;
    std::uint32_t index = 0;
    bool operator==(const RowSource&) const = default;
  };

  void look_at(Stage& stage, Nanos since);
  void look_at(Stage& stage, Slot& slot, Nanos since);
  void sample(Stage& stage, Slot& slot, SlotStats& stats);
  void listen(const Slot& slot, SlotStats& stats) const;
  void look_for_limit();
  void check_limits(Stage& stage, Slot& slot, const SlotStats& stats);
  [[nodiscard]] SlotStats& stats_of(const Slot& slot);
  [[nodiscard]] WorkerState state_of(const Stage& stage, const Slot& slot, const SlotStats& stats) const;

  /// The item in work, as the engine's own books have it; nothing if the worker names one that it does not hold.
  struct ItemInWork {
    const Packet* packet = nullptr;
    std::uint32_t sequence = 0;
    std::uint32_t index = 0;
  };
  [[nodiscard]] std::optional<ItemInWork> item_in_work(const Slot& slot) const;
  [[nodiscard]] InspectedItem inspected_item(const Stage& stage, const Slot& slot, const ItemInWork& item) const;

  [[nodiscard]] StageStatus stage_status(const Stage& stage);
  [[nodiscard]] StageStatus stage_figures(const Stage& stage) const;  // all but how many workers, and what they do
  void count_workers(const Stage& stage, StageStatus& status);
  static void count(const Slot& slot, WorkerState state, StageStatus& status);
  [[nodiscard]] WorkerStatus worker_status(const Stage& stage, const Slot& slot);
  void add_workers(const Stage& stage, StageStatus& status, std::size_t& row);
  void describe(const Stage& stage, const Slot& slot, WorkerStatus& row, RowSource& made_from);
  void describe_item(const std::optional<ItemInWork>& item, WorkerStatus& row) const;
  [[nodiscard]] StageState state_of(const Stage& stage) const;
  [[nodiscard]] std::optional<std::uint64_t> total_of(const Stage& source) const;
  [[nodiscard]] std::optional<double> eta() const;
  [[nodiscard]] std::vector<Problem> problems();
  [[nodiscard]] StageFacts facts_of(const Stage& stage) const;

  Run& run_;
  std::vector<StageStats> stages_;
  std::vector<std::deque<SlotStats>> slots_;  // by stage and slot index
  Snapshot snapshot_;                         // its rows are used again: a thousand are made five times a second
  std::vector<RowSource> rows_;               // of the snapshot's workers
  Snapshot summary_;                          // the one without rows
  ProcSampler sampler_;
  LimitFinder limits_;
  Nanos last_tick_ = 0;
  Nanos last_sample_ = 0;
  bool samples_now_ = false;
  std::vector<Slot*> overdue_;
  std::vector<Slot*> oversized_;
  std::optional<int> exit_status_;
  std::int64_t ended_us_ = 0;
  Nanos ended_ = 0;
};

}  // namespace pooltop
