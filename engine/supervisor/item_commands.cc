// SPDX-License-Identifier: MIT
//
// What a client may ask of single items, and do to them. Where an item is the books say (Places); what became of its
// tries is kept for those that had anything but one good one (Ways), and for all that failed (failed.jsonl).
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "engine/model/item_way.h"
#include "engine/supervisor/commands.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kShownItemBytes = 4096;  // of one item, to who asks for it
constexpr std::size_t kListedItemBytes = 256;  // in a list

ItemTry to_model(const Try& one) {
  ItemTry out;
  out.attempt = one.attempt;
  out.pid = one.pid;
  if (one.child_pid != 0) out.child_pid = one.child_pid;
  out.slot = one.slot;
  out.started_at = format_utc_ms(one.started_us);
  out.elapsed_s = one.elapsed_s;
  out.end = name_of(one.end);
  out.exit = one.exit;
  out.signal = one.signal;
  out.error = one.error;
  out.standard_error = one.output;
  out.after_retry = one.after_retry;
  return out;
}

// As the item itself has it, whose way is not kept any more.
ItemTry to_model(const Attempt& attempt, std::size_t number) {
  ItemTry out = to_model(to_record(attempt), number);
  out.error = attempt.failure.error;
  out.standard_error = last_bytes(attempt.failure.stderr_tail, Ways::kOutputBytes);
  return out;
}

std::string_view name_of(Place::Kind kind) {
  switch (kind) {
    case Place::Kind::Queued:
      return "queued";
    case Place::Kind::InWork:
      return "in_work";
    case Place::Kind::Handed:
      return "handed";
    case Place::Kind::Retrying:
      return "retrying";
    case Place::Kind::Held:
      return "held";
    case Place::Kind::Nowhere:
      break;
  }
  return "unknown";
}

// Where it is, which try that is, and what that place has to tell.
ItemNow to_model(const Stage& stage, const Place& place, Nanos now) {
  const ItemRef none;
  const ItemRef& ref = place.ref != nullptr ? *place.ref : none;
  ItemNow out;
  out.state = name_of(place.kind);
  out.attempt = ref.attempt();
  out.max_attempts = stage.max_attempts(ref);
  if (place.kind == Place::Kind::Retrying) out.next_try_s = to_seconds(std::max<Nanos>(place.due - now, 0));
  if (place.kind == Place::Kind::Queued) out.age_s = to_seconds(std::max<Nanos>(now - place.since, 0));
  if (place.slot == nullptr) return out;
  out.pid = place.slot->pid;
  out.slot = place.slot->index;
  out.worker_started_at = format_utc(place.slot->started_us);
  if (place.kind == Place::Kind::InWork && place.slot->link)
    out.elapsed_s = to_seconds(std::max<Nanos>(place.slot->item_elapsed(now), 0));
  return out;
}

// The end that its way has come to, if it is not in the stage any more.
ItemNow end_of(const Way& way) {
  ItemNow out;
  if (way.failed_us != 0) {
    out.state = "failed";
    out.at = format_utc_ms(way.failed_us);
    out.error = way.failed_error;
  } else if (!way.tries.empty() && way.tries.back().end == TryEnd::Done) {
    const Try& last = way.tries.back();
    out.state = "done";
    out.at = format_utc_ms(last.started_us + static_cast<std::int64_t>(last.elapsed_s * 1e6));
    out.pid = last.pid;
    out.slot = last.slot;
  }
  return out;
}

ItemWay head_of(const Stage& stage, const std::string& id, std::string_view bytes, std::uint64_t size) {
  ItemWay way;
  way.stage = stage.config.name;
  way.id = id;
  way.item = printable(bytes, kShownItemBytes);
  way.bytes = size;
  return way;
}

[[noreturn]] void refuse_unknown(const Stage& stage, const std::string& id, std::string_view more) {
  throw ControlError(ErrorCode::NoSuchTarget,
                     fmt::format("no item {} in stage {} now{}", printable(id, 64), stage.config.name, more));
}

}  // namespace

ordered_json Commands::item(const json& request) {
  Stage& stage = stage_named(request.at("stage").get<std::string>());
  const std::string id = request.at("item_id").get<std::string>();
  const auto named = item_named(run_.pipeline, id);
  if (!named) refuse_unknown(stage, id, ": no item of this run has such an id");
  const Place place = find_item(stage, *named);
  const Way* const way = run_.ways.find(stage.index, id);
  if (place.kind == Place::Kind::Nowhere && way == nullptr) {
    if (const auto failed = failed_pages_.find(stage.config.name, id)) return to_json(way_of(*failed));
    const bool is_given = named->item.ordinal < run_.pipeline.stages()[named->source]->ledger.admitted();
    refuse_unknown(stage, id,
                   is_given
                       ? fmt::format(", and nothing is kept of it: of those that are through, the ways of the last "
                                     "{} are kept that had anything but one good try",
                                     Ways::kMost)
                       : ": its source has not given it yet");
  }
  const bool is_here = place.kind != Place::Kind::Nowhere;
  ItemWay out =
      is_here ? head_of(stage, id, place.bytes, place.bytes.size()) : head_of(stage, id, way->item, way->item_bytes);
  out.now = is_here ? to_model(stage, place, run_.now) : end_of(*way);
  if (way != nullptr) {
    for (const Try& one : way->tries) out.tries.push_back(to_model(one));
    out.tries_left_out = way->tries_left_out;
    out.now.after_retry = way->given_back;
  } else if (place.ref != nullptr && place.ref->extra) {
    for (const Attempt& attempt : place.ref->extra->attempts)
      out.tries.push_back(to_model(attempt, out.tries.size() + 1));
  }
  return to_json(out);
}

ordered_json Commands::retrying(const json& request) {
  const std::size_t offset = request.value("offset", std::size_t{0});
  const std::size_t limit = request.value("limit", std::size_t{1000});
  const std::string only_stage = request.value("stage", "");
  if (!only_stage.empty()) (void)stage_named(only_stage);
  const ItemMatch wanted(request.value("match", ""));
  ordered_json items = ordered_json::array();
  std::size_t total = 0;
  for (const auto& stage : run_.pipeline.stages()) {
    if (!only_stage.empty() && stage->config.name != only_stage) continue;
    for (const Place& place : retrying_items(*stage)) {
      const Attempt& last = place.ref->extra->attempts.back();
      const std::string id = wanted.is_empty() ? "" : id_text(run_.pipeline.id_prefix(place.source), *place.ref);
      if (!wanted.fits({stage->config.name, id, place.bytes, last.failure.error, last.failure.stderr_tail})) continue;
      if (total++ < offset || items.size() >= limit) continue;
      RetryingItem row;
      row.stage = stage->config.name;
      row.id = id_text(run_.pipeline.id_prefix(place.source), *place.ref);
      row.item = printable(place.bytes, kListedItemBytes);
      row.bytes = place.bytes.size();
      row.now = to_model(*stage, place, run_.now);
      row.error = last.failure.error;
      row.standard_error = last_bytes(last.failure.stderr_tail, Ways::kOutputBytes);
      items.push_back(to_json(row));
    }
  }
  return {{"total", total}, {"items", std::move(items)}};
}

ordered_json Commands::failed(const json& request) {
  if (request.value("retry", false)) return retry(request);
  const auto offset = request.value("offset", std::uint64_t{0});
  const auto limit = request.value("limit", std::uint64_t{1000});
  const std::string stage = request.value("stage", "");
  const std::string match = request.value("match", "");
  const bool is_search = !ItemMatch(match).is_empty();
  const auto detail = request.value("brief", false) ? FailedPages::Detail::Brief : FailedPages::Detail::Whole;
  const FailedPages::Page page =
      is_search ? failed_pages_.search(offset, limit, stage, match) : failed_pages_.read(offset, limit, stage, detail);
  ordered_json items = ordered_json::array();
  for (const FailedItem& item : page.items) items.push_back(to_json(item));
  ordered_json answer = {{"total", page.total}, {"items", std::move(items)}};
  if (is_search) answer["searched"] = page.searched, answer["records"] = page.records;
  return answer;
}

// Those of `ids` that wait for another try need not wait any longer.
std::uint64_t Commands::hurry(const std::vector<std::string>& ids, const std::string& only_stage) {
  std::uint64_t hurried = 0;
  for (const auto& stage : run_.pipeline.stages()) {
    if (!only_stage.empty() && stage->config.name != only_stage) continue;
    for (auto at = stage->delayed.begin(); at != stage->delayed.end();) {
      const auto one = at++;
      if (one->first <= run_.now) continue;
      const std::string id = id_text(run_.pipeline.id_prefix(one->second.source), one->second.item);
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
      auto node = stage->delayed.extract(one);
      node.key() = run_.now;
      stage->delayed.insert(std::move(node));
      ++hurried;
    }
  }
  return hurried;
}

ordered_json Commands::retry(const json& request) {
  struct Candidate {
    FailedItem failed;
    Stage* stage;
    NamedItem named;
  };
  if (run_.is_stopping) throw ControlError(ErrorCode::Ended, "the run is ending");
  const std::string file = run_.options.run_dir + "/failed.jsonl";
  const auto ids = request.value("ids", std::vector<std::string>{});
  const std::string only_stage = request.value("stage", "");
  if (!only_stage.empty()) (void)stage_named(only_stage);
  const ItemMatch wanted(request.value("match", ""));
  std::vector<Candidate> candidates;
  std::vector<FailedKey> keys;
  std::uint64_t kept = 0;
  for_each_failed(file, [&](FailedItem failed) {
    if (!ids.empty() && std::find(ids.begin(), ids.end(), failed.id) == ids.end()) return;
    if (!only_stage.empty() && failed.stage != only_stage) return;
    if (!wanted.fits(matched(failed))) return;
    Stage* const stage = run_.pipeline.find(failed.stage);
    auto named = item_named(run_.pipeline, failed.id);
    // Its stage has told its workers END: it stays on the list for `run --resume`.
    const bool is_open = stage != nullptr && named && !stage->is_done && !(stage->is_closed && stage->load == 0);
    if (!is_open || !run_.pipeline.can_reopen(*stage, named->source, named->item.ordinal)) {
      ++kept;
      return;
    }
    keys.push_back(FailedKey{failed.stage, failed.id});
    candidates.push_back({std::move(failed), stage, std::move(*named)});
  });
  // The journal first, then the list: where either cannot be written, nothing has happened; where the engine is killed
  // in between, they are not done.
  if (!keys.empty()) {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> items;
    for (const Candidate& one : candidates) items.emplace_back(one.named.source, one.named.item.ordinal);
    journal_.reopen(items);
    remove_failed(file, keys);
  }
  std::uint64_t given_back = 0;
  for (Candidate& one : candidates) {
    one.named.item.more().is_followed = true;
    if (run_.pipeline.reopen(*one.stage, one.named.source, std::move(one.named.item), one.failed.item, run_.now)) {
      Way& way = run_.ways.at(one.stage->index, one.failed.id, one.failed.item);
      way.given_back = true;
      way.failed_us = 0;
      run_.failed_items -= 1;
      ++given_back;
    } else {  // the list had it twice
      append_failed(file, one.failed);
      ++kept;
    }
  }
  ordered_json answer = {{"given_back", given_back}, {"kept", kept}};
  if (!ids.empty()) answer["hurried"] = hurry(ids, only_stage);
  return answer;
}

std::vector<NamedItem> Commands::items_to_fail(Stage& stage, const std::vector<std::string>& ids, bool kill) {
  std::vector<NamedItem> items;
  for (const std::string& id : ids) {
    auto named = item_named(run_.pipeline, id);
    if (!named) refuse_unknown(stage, id, ": no item of this run has such an id");
    Place place = find_item(stage, *named);
    if (place.kind == Place::Kind::Nowhere) refuse_unknown(stage, id, "; nothing was failed");
    if (place.kind == Place::Kind::Handed) {  // what its worker has not begun comes back
      dispatch_.take_back(*place.slot);
      dispatch_.list_if_able(*place.slot);
      place = find_item(stage, *named);
    }
    if (place.kind == Place::Kind::Handed)
      throw ControlError(
          ErrorCode::NotPossible,
          fmt::format("item {}: worker {} has it already, behind the item that it works on; nothing was failed", id,
                      place.slot->pid));
    if (place.kind == Place::Kind::InWork && !kill)
      throw ControlError(
          ErrorCode::NotPossible,
          fmt::format("item {} is in work at {}: to fail it its worker must be killed, which was not asked for "
                      "(--kill); nothing was failed",
                      id, place.slot->pid));
    items.push_back(std::move(*named));
  }
  return items;
}

ordered_json Commands::fail(const json& request) {
  Stage& stage = stage_named(request.at("stage").get<std::string>());
  const auto items =
      items_to_fail(stage, request.at("ids").get<std::vector<std::string>>(), request.value("kill", false));
  std::uint64_t failed = 0;
  std::uint64_t killed = 0;
  for (const NamedItem& named : items) {
    const Place place = find_item(stage, named);
    if (place.kind == Place::Kind::InWork) {
      place.slot->doomed = place.at;  // it may have gone on to another one by the time it dies
      workers_.kill(*place.slot, KillCause::UserFail);
      run_.note("command", stage, place.slot->pid, "", "killed by the user");
      ++killed;
    } else if (auto taken = run_.pipeline.take_waiting(stage, named.source, named.item)) {  // else `ids` had it twice
      failures_.fail_waiting(stage, taken->source, std::move(taken->item), taken->bytes);
      ++failed;
    }
    if (run_.is_stopping) break;  // on_failure stops the run
  }
  return {{"failed", failed}, {"killed", killed}};
}

}  // namespace pooltop
