// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/config/pipeline_config.h"
#include "engine/pipeline/stage.h"

namespace pooltop {

/// The graph of stages and the items in it: what may move, where an answer goes, what is complete, when a stage has
/// ended. A pure state machine: no descriptor, no process, no clock of its own.
class Pipeline {
 public:
  explicit Pipeline(const PipelineConfig& config);

  [[nodiscard]] std::vector<std::unique_ptr<Stage>>& stages() noexcept { return stages_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Stage>>& stages() const noexcept { return stages_; }
  [[nodiscard]] Stage& stage(std::uint32_t index) noexcept { return *stages_[index]; }
  [[nodiscard]] Stage* find(std::string_view name) noexcept;

  /// Items that every stage behind `stage` takes in now: accepted - answered <= capacity + one a worker, and bytes.
  [[nodiscard]] std::uint64_t room_behind(const Stage& stage) const;
  /// Items that `source` may hand over now: room, and the windows of the ordered sinks behind it.
  [[nodiscard]] std::uint64_t room_for_source(const Stage& source) const;
  /// Items for which it is worth while to wake the engine: a source need not hurry while those behind it have work.
  [[nodiscard]] std::uint32_t enough_from(const Stage& stage) const;

  /// Before anything moves, for a run that goes on: what `source` had complete (those in `failed` with so many failed
  /// parts), what `sink` had written. Once for each source, once for each sink.
  void restore_source(Stage& source, Intervals complete, const std::map<std::uint64_t, std::uint32_t>& failed);
  void restore_sink(Stage& sink, std::uint64_t written, std::map<std::uint32_t, ItemIds> ids);
  /// Of an item that fails in `stage`: whether outputs of it stand in a sink, because it was done before the run was
  /// interrupted, though not all that came of it.
  [[nodiscard]] bool was_written_in_part(const Stage& stage, std::uint32_t source, const ItemRef& item) const;

  /// `source` handed over items; `run.first` is ignored. At most room_for_source of them.
  void admit(Stage& source, ItemRun run, Nanos now);
  /// Items of a flight got one output each: `run` names them, with the outputs as data.
  void pass_on(Stage& stage, const ItemRun& run, Nanos now);
  /// Items [from, to) of `packet` have no output: dropped, or written by a sink.
  void finish(Stage& stage, const Packet& packet, std::uint32_t from, std::uint32_t to, Nanos now);
  /// One item became several (or one) outputs.
  void branch(Stage& stage, std::uint32_t source, const ItemRef& item, const HeldAnswer& outputs, Nanos now);
  /// An item failed for good.
  void fail(Stage& stage, std::uint32_t source, const ItemRef& item, Nanos now);
  /// False when `ordinal` has no failed part, or an ordered sink (`stage`, or one behind it) has passed its place.
  [[nodiscard]] bool can_reopen(const Stage& stage, std::uint32_t source, std::uint64_t ordinal) const;
  /// A failed item is given back to its stage; false, and nothing done, where can_reopen() is false.
  bool reopen(Stage& stage, std::uint32_t source, ItemRef item, std::string_view bytes, Nanos now);

  /// Takes an item that no worker has out of its stage: from its queue, its pause before another try, or its place in
  /// an ordered sink. It still counts as the stage's load: fail() follows. nullopt where it does not wait there.
  [[nodiscard]] std::optional<Delayed> take_waiting(Stage& stage, std::uint32_t source, const ItemRef& item);

  /// Moves delayed items that are due into their queue, in front.
  bool release_due(Stage& stage, Nanos now);

  /// True when nothing is left for `stage` to do: time to tell its workers END.
  [[nodiscard]] bool is_drained(const Stage& stage) const;
  /// `stage` has ended: closes the queues that only it was feeding. Returns true when all stages have ended.
  bool end(Stage& stage);

  /// "SOURCE" where there are several sources, else empty: the front of item ids.
  [[nodiscard]] std::string_view id_prefix(std::uint32_t source) const;

 private:
  void find_meetings();
  void find_only_sinks();
  void admit_new(Stage& source, const ItemRun& run, Nanos now);
  void admit_complete(Stage& source, std::uint64_t count, Nanos now);
  void deliver(Stage& stage, const ItemRun& run, Nanos now);
  void deliver_to(Stage& next, const ItemRun& run, Nanos now);
  void deliver_again(Stage& next, const Stage& sink, const ItemRun& run, Nanos now);
  void put(Stage& next, const ItemRun& run, Nanos now);
  void deliver_ordered(Stage& sink, const ItemRun& run);
  void end_part(Stage& stage, std::uint32_t source, std::uint64_t ordinal, std::span<const std::uint32_t> path);
  void release_ordered(Stage& sink, Nanos now);
  void count_parts(Stage& stage, std::uint32_t source, std::uint64_t ordinal, std::uint64_t outputs,
                   std::span<const std::uint32_t> path = {});
  [[nodiscard]] std::uint32_t ways_to(const Stage& from, const Stage& sink) const;

  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::uint32_t> ordered_;              // ordered sinks
  std::vector<std::vector<bool>> leads_to_;         // [a][b]: items of a can come to b
  std::vector<std::vector<std::uint32_t>> orders_;  // for each stage: the ordered sinks behind it
  std::vector<std::vector<bool>> meets_;            // [a][i]: what goes to a.down[i] comes together with another branch
  std::vector<std::optional<std::uint32_t>>
      only_sink_;  // [a]: where all that comes to a ends, with no branch on its way
  std::uint32_t sources_ = 0;
};

}  // namespace pooltop
