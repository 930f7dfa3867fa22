// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/region/failure.h"
#include "engine/region/region.h"

namespace pooltop {

/// An item that this worker has claimed. `bytes` and `id` stay valid until it is answered.
struct WorkItem {
  std::uint32_t sequence = 0;  ///< of its packet
  std::uint32_t index = 0;     ///< in its packet
  std::string_view bytes;
  std::string_view id;  ///< "17" or "urls:17.2"; empty unless the stage needs ids (Port::carries_ids)
  std::uint32_t attempt = 1;
};

/// A worker's side of its region: takes items, publishes answers. It talks to nobody but the engine.
/// One thread. Every publication is one release store: the process may be killed or stopped between any two
/// instructions; what was published counts, the rest is handed to another worker.
class Port {
 public:
  /// Maps the region; throws std::runtime_error if it is no region of this version. Keeps the descriptors' numbers.
  Port(int region_fd, int engine_bell_fd, int wake_fd);
  /// On a mapping that is there already.
  Port(RegionMap region, int engine_bell_fd, int wake_fd);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  /// The worker's instructions, as the engine wrote them (worker_spec.h decodes them).
  [[nodiscard]] std::string_view spec() const noexcept;

  enum class Take : std::uint8_t { Item, Empty, End };
  /// Claims the next item, waiting for it. False: END; answer what is open, then end().
  [[nodiscard]] bool take(WorkItem& item);
  /// The same without waiting.
  [[nodiscard]] Take try_take(WorkItem& item);

  /// For workers that also wait for descriptors: poll wake_fd() for POLLIN between arm_wake() and disarm_wake().
  /// arm_wake() false: something is there already, do not sleep. disarm_wake() also empties wake_fd().
  [[nodiscard]] int wake_fd() const noexcept;
  [[nodiscard]] bool arm_wake() noexcept;
  void disarm_wake() noexcept;

  /// Says which item is in work from now on and starts its clock. The engine charges a death to this item only, and
  /// times it. A worker that sends items ahead names its first unanswered one. Answering the item clears it.
  void set_current(const WorkItem& item) noexcept;
  void clear_current() noexcept;
  /// Whether it could begin an item now, as it can from the first moment on if it says nothing else; while it cannot, it
  /// is shown as starting.
  void set_ready(bool is_ready) noexcept;
  /// Shows the PID of the process that works for this worker; 0 takes it away.
  void set_child(pid_t pid) noexcept;

  /// Answers; each waits while the outbox is full. Items of one packet are answered in their order, packets in any
  /// order; every item exactly once.
  void answer(const WorkItem& item, std::string_view output);                    ///< one item out
  void answer(const WorkItem& item, std::span<const std::string_view> outputs);  ///< none (dropped), one or many
  void fail(const WorkItem& item, const ItemFailure& failure);
  /// Sinks: `item` is written; `written` is the sink file's length behind it (0 where there is no file).
  void acknowledge(const WorkItem& item, std::uint64_t written);

  /// Sinks that need no look at their items: claims a whole packet, waiting for one, and acknowledges it. False: END.
  [[nodiscard]] bool acknowledge_packet();

  /// Between open_batch() and close_batch() answers are gathered and published together by close_batch() at the latest.
  /// For work without effects outside (running an item again harms nobody), and for answers that came in together.
  void open_batch() noexcept;
  void close_batch();

  /// Sources: emits an item. Those gathered are published by flush(), when enough are, or when the engine is idle.
  /// Items are numbered in the order of their emission.
  void emit(std::string_view item);
  void flush();
  /// The number of the first item that may be asked for again, by a later life of the run.
  [[nodiscard]] std::uint64_t kept_from() const noexcept;
  /// Says how many items there will be in all, a predecessor's included: where a source knows.
  void set_total(std::uint64_t items) noexcept;

  /// The last thing a worker says, behind its last answer or item; waits until the engine has read it all: until then
  /// the worker holds what it published, and is seen to. Then it exits with 0.
  void end();
  /// A source or sink that cannot go on says why and then exits with 1. `retry`: it may work later (disk full): the
  /// engine shows the reason and starts another worker in a while; else the stage has failed. A source that waits until
  /// it can go on says so with `retry`, and with no message once it does.
  void trouble(std::string_view message, bool retry);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pooltop
