// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/pipeline_config.h"
#include "engine/journal/item_ids.h"
#include "engine/journal/spool.h"
#include "engine/pool/pace.h"
#include "engine/pool/rate_limit.h"
#include "engine/pool/slot.h"
#include "engine/queue/ledger.h"
#include "engine/queue/reorder.h"
#include "engine/queue/stage_queue.h"

namespace pooltop {

/// A failed item that waits in the engine for its next try.
struct Delayed {
  std::uint32_t source = 0;
  ItemRef item;
  std::string bytes;
};

/// A stage as it runs: its queue, its slots, its counters.
struct Stage {
  StageConfig config;
  std::uint32_t index = 0;
  std::vector<std::uint32_t> up;
  std::vector<std::uint32_t> down;

  StageQueue queue;
  std::unique_ptr<Reorder> reorder;  // an ordered sink's
  std::multimap<Nanos, Delayed> delayed;
  std::uint64_t load = 0;  // items accepted and not answered: queued, held, delayed or in flight
  bool is_closed = false;  // nothing more comes in
  bool is_done = false;
  bool is_paused = false;
  Nanos paused_since = 0;
  pid_t paused_by = 0;  // the client that did it
  std::string failure;  // why it cannot go on

  std::vector<std::unique_ptr<Slot>> slots;
  std::deque<Slot*> ready;     // live slots that may take a packet; checked again when used
  std::vector<Slot*> blocked;  // live or dead slots whose answers wait for room behind this stage
  Pace pace;
  RateLimit rate;

  // A source's.
  Ledger ledger;
  SpoolUse spool = SpoolUse::None;
  bool has_ended = false;                   // its worker said that there are no more items
  std::uint64_t digest = 0;                 // of the items that it handed over, where it keeps one (keeps_digest)
  std::uint64_t resumed_at = 0;             // how many it had handed over before this run went on …
  std::uint64_t resumed_digest = 0;         // … and their digest
  std::uint64_t resumed_complete = 0;       // how many of them were complete
  std::optional<std::uint64_t> told_total;  // items that it will give, by its worker's word
  std::uint64_t written = 0;                // a file sink's acknowledged length
  // A sink's: what it acknowledged of source items that are open, or failed in part; by the source's stage.
  std::map<std::uint32_t, ItemIds> written_ids;
  bool was_resumed = false;  // a sink that has items of before in `written_ids`: they are not written again

  // Each item once, retries not counted.
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t restarts = 0;

  [[nodiscard]] bool is_source() const { return config.is_source(); }
  [[nodiscard]] bool is_sink() const { return config.is_sink(); }
  [[nodiscard]] std::uint64_t depth() const { return queue.depth() + delayed.size() + (reorder ? reorder->held() : 0); }
  [[nodiscard]] std::uint64_t in_flight() const;
  /// How many tries the item can come to, as things stand: each death of a worker has given it one more.
  [[nodiscard]] std::uint32_t max_attempts(const ItemRef& item) const {
    return config.retries + 1 + (item.extra ? item.extra->crashes : 0);
  }
  [[nodiscard]] bool has_live_slot() const;
};

}  // namespace pooltop
