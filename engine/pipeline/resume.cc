// SPDX-License-Identifier: MIT
//
// How a run goes on from its journal. Source items that were complete are passed over when they are handed over again;
// all others run again from their beginning. Where some of what came of such an item had been written already, the sink
// has its id, and what carries that id is taken as written: as soon as it can go nowhere else, else when it comes
// there.
#include <algorithm>
#include <numeric>
#include <optional>

#include "engine/pipeline/pipeline.h"

namespace pooltop {

void Pipeline::find_only_sinks() {
  for (const auto& stage : stages_) {
    const Stage* at = stage.get();
    while (at->down.size() == 1) at = stages_[at->down[0]].get();
    only_sink_.push_back(at->is_sink() ? std::optional(at->index) : std::nullopt);
  }
}

void Pipeline::restore_source(Stage& source, Intervals complete, const std::map<std::uint64_t, std::uint32_t>& failed) {
  source.ledger.restore(std::move(complete), failed);
  for (const std::uint32_t sink : orders_[source.index]) stages_[sink]->reorder->begin_at(source.ledger.admitted());
}

void Pipeline::restore_sink(Stage& sink, std::uint64_t written, std::map<std::uint32_t, ItemIds> ids) {
  sink.written = written;
  sink.was_resumed = !ids.empty();
  sink.written_ids = std::move(ids);
}

bool Pipeline::was_written_in_part(const Stage& stage, std::uint32_t source, const ItemRef& item) const {
  return std::any_of(stages_.begin(), stages_.end(), [&](const auto& sink) {
    if (!sink->was_resumed || !leads_to_[stage.index][sink->index]) return false;
    const auto ids = sink->written_ids.find(source);
    return ids != sink->written_ids.end() && ids->second.contains_below(item.ordinal, item.path());
  });
}

void Pipeline::admit(Stage& source, ItemRun run, Nanos now) {
  run.source = source.index;
  while (!run.lengths.empty()) {
    const auto [is_complete, count] = source.ledger.next_admitted(run.lengths.size());
    ItemRun part = run;
    part.first = source.ledger.admitted();
    part.lengths = run.lengths.first(count);
    if (count < run.lengths.size()) {
      const auto bytes = std::accumulate(part.lengths.begin(), part.lengths.end(), std::uint64_t{0});
      part.data = run.data.substr(0, bytes);
      run.data.remove_prefix(bytes);
    }
    run.lengths = run.lengths.subspan(count);
    if (is_complete)
      admit_complete(source, count, now);
    else
      admit_new(source, part, now);
  }
}

void Pipeline::admit_complete(Stage& source, std::uint64_t count, Nanos now) {
  source.ledger.admit_complete(count);
  for (const std::uint32_t sink : orders_[source.index]) {
    stages_[sink]->reorder->admit(count, 0);
    release_ordered(*stages_[sink], now);
  }
}

// What was written before this run went on is not written again, and no work is done for it again.
void Pipeline::deliver_again(Stage& next, const Stage& sink, const ItemRun& run, Nanos now) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < run.lengths.size(); ++i) {
    ItemRun one{run.source, run.first + i, {}, run.data.substr(offset, run.lengths[i]), run.lengths.subspan(i, 1)};
    offset += run.lengths[i];
    if (!run.refs.empty()) one.refs = run.refs.subspan(i, 1);
    const std::uint64_t ordinal = run.refs.empty() ? one.first : run.refs[i].ordinal;
    const auto path = run.refs.empty() ? std::span<const std::uint32_t>() : run.refs[i].path();
    const auto ids = sink.written_ids.find(run.source);
    if (ids != sink.written_ids.end() && ids->second.contains(ordinal, path))
      count_parts(next, run.source, ordinal, 0, path);
    else
      put(next, one, now);
  }
}

}  // namespace pooltop
