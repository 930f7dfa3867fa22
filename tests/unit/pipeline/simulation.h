// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/pipeline/pipeline.h"
#include "tests/support/must.h"
#include "tests/support/random.h"
#include "tests/unit/pipeline/graphs.h"

namespace pooltop::testing {

inline constexpr std::uint32_t kMaxOutputs = 5;

/// An item as the model knows it: where it is, whose it is, and its bytes, which say how it came there.
struct Token {
  std::uint32_t stage;
  std::uint32_t source;
  std::string id;
  std::string bytes;
  auto operator<=>(const Token&) const = default;
};

struct Failed {
  Token token;
  ItemRef item;
};

enum class Fate { PassOn, Drop, Branch, Fail, Retry };

/// One run of a pipeline. Items meet a fate of their own unless it is plain: then they are passed on, and that is all.
class Simulation {
 public:
  Simulation(const PipelineConfig& config, std::uint32_t seed, bool is_plain)
      : random_(seed), seed_(seed), is_plain_(is_plain), pipeline_(config) {
    add_slots(pipeline_);
    for (const auto& stage : pipeline_.stages()) {
      stage->queue.set_packet_limits(1 + random_() % 20, 1 + random_() % 200);
      if (stage->is_source()) left_[stage->index] = random_() % 60;
      for (std::size_t i = 0; i < stage->down.size(); ++i)
        comes_together_[{stage->index, i}] = comes_together_again(*stage, i);
    }
  }

  void run() {
    while (!all_ended_) {
      ++now_;
      MUST(steps_++ < 100'000);
      const bool did = random_() % 2 == 0 ? (hand_out() || answer() || admit()) : (admit() || answer() || hand_out());
      if (!is_plain_ && random_() % 20 == 0) kill_a_worker();
      if (!is_plain_ && random_() % 10 == 0) give_back_a_failed_item();
      bool moved = did;
      if (!is_plain_ && random_() % 25 == 0) moved |= fail_a_waiting_item();
      for (const auto& stage : pipeline_.stages()) moved |= pipeline_.release_due(*stage, now_);
      moved |= end_stages();
      check_bounds();
      if (!moved && !is_delayed()) FAIL("stuck at step " << steps_);
    }
    check_end();
  }

 private:
  Stage& pick_stage() { return pipeline_.stage(random_() % static_cast<std::uint32_t>(pipeline_.stages().size())); }

  /// Calls `act` for the stages from a random one on, until it returns true.
  template <typename Act>
  bool any_stage(Act act) {
    const auto count = static_cast<std::uint32_t>(pipeline_.stages().size());
    const std::uint32_t begin = random_() % count;
    for (std::uint32_t i = 0; i < count; ++i)
      if (act(pipeline_.stage((begin + i) % count))) return true;
    return false;
  }

  bool is_delayed() const {
    const auto& stages = pipeline_.stages();
    return std::any_of(stages.begin(), stages.end(), [](const auto& stage) { return !stage->delayed.empty(); });
  }

  std::string id(std::uint32_t source, const ItemRef& item) const { return id_text(pipeline_.id_prefix(source), item); }

  void enter(const Stage& from, std::uint32_t source, const std::string& item_id, const std::string& bytes) {
    for (std::size_t i = 0; i < from.down.size(); ++i) {
      const std::string branch = comes_together_[{from.index, i}] ? "." + std::to_string(i) : "";
      const Token token{from.down[i], source, item_id + branch, bytes};
      MUST(ids_.insert({token.stage, token.source, token.id}).second);  // each once in a stage, in the whole run
      where_.insert(token);
    }
  }
  void stages_from(std::uint32_t stage, std::set<std::uint32_t>& reached) const {
    if (!reached.insert(stage).second) return;
    for (const std::uint32_t next : pipeline_.stages()[stage]->down) stages_from(next, reached);
  }
  bool comes_together_again(const Stage& from, std::size_t branch) const {
    std::set<std::uint32_t> mine, others;
    stages_from(from.down[branch], mine);
    for (std::size_t i = 0; i < from.down.size(); ++i)
      if (i != branch) stages_from(from.down[i], others);
    return std::any_of(mine.begin(), mine.end(), [&](std::uint32_t stage) { return others.count(stage) > 0; });
  }
  void leave(const Token& token) {
    const auto found = where_.find(token);
    REQUIRE_MESSAGE(found != where_.end(), token.id << " is not in stage " << token.stage << ": " << token.bytes);
    where_.erase(found);
  }

  bool admit() {
    return any_stage([&](Stage& stage) {
      if (!stage.is_source() || left_[stage.index] == 0) return false;
      const std::uint64_t room = std::min<std::uint64_t>(pipeline_.room_for_source(stage), left_[stage.index]);
      if (room == 0) return false;
      const std::uint64_t count = 1 + random_() % room;
      left_[stage.index] -= count;
      std::string data;
      std::vector<std::uint32_t> lengths;
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t ordinal = stage.ledger.admitted() + i;
        const std::string bytes = std::to_string(ordinal);
        enter(stage, stage.index, id(stage.index, ItemRef(ordinal)), bytes);
        data += bytes;
        lengths.push_back(static_cast<std::uint32_t>(bytes.size()));
      }
      pipeline_.admit(stage, ItemRun{99, 99, {}, data, lengths}, now_);
      return true;
    });
  }

  bool hand_out() {
    return any_stage([&](Stage& stage) {
      if (stage.queue.is_empty() || (!stage.is_sink() && pipeline_.room_behind(stage) == 0)) return false;
      Slot& slot = *stage.slots[random_() % stage.slots.size()];
      Slot& free_slot = slot.flights.packets() < 2 ? slot : *stage.slots.front();
      if (free_slot.flights.packets() >= 2) return false;
      free_slot.flights.add(next_sequence_++, stage.queue.lease(1 + random_() % 8));
      return true;
    });
  }

  bool answer() {
    return any_stage([&](Stage& stage) {
      for (const auto& slot : stage.slots) {
        if (slot->flights.is_empty()) continue;
        Flight& flight = *slot->flights.find(slot->flights.oldest().sequence);
        const std::uint32_t count = stage.is_sink() ? write(stage, flight) : work_on(stage, flight);
        if (count == 0) continue;
        stage.queue.recycle(slot->flights.settle(flight, count));
        return true;
      }
      return false;
    });
  }

  Token token_of(const Stage& stage, const Packet& packet, std::size_t i) const {
    return {stage.index, packet.source, id(packet.source, packet.ref(i)), std::string(packet.bytes(i))};
  }

  std::uint32_t write(Stage& stage, const Flight& flight) {
    const std::uint32_t count = 1 + random_() % flight.open();
    const Packet& packet = *flight.packet;
    for (std::uint32_t i = flight.answered; i < flight.answered + count; ++i) {
      leave(token_of(stage, packet, i));
      if (stage.reorder) {
        std::pair place(packet.ordinal(i), packet.refs.empty() || !packet.refs[i].extra ? std::vector<std::uint32_t>{}
                                                                                        : packet.refs[i].extra->path);
        const auto last = written_up_to_.find(stage.index);
        MUST((last == written_up_to_.end() || place > last->second));
        written_up_to_[stage.index] = std::move(place);
      }
    }
    pipeline_.finish(stage, packet, flight.answered, flight.answered + count, now_);
    return count;
  }

  // What becomes of an item is its own affair, so that no luck can free a pipeline that is stuck.
  Fate fate_of(const Token& token, const ItemRef& item) const {
    if (is_plain_) return Fate::PassOn;
    const std::size_t chance =
        std::hash<std::string>()(token.id + token.bytes + std::to_string(token.stage * 31 + seed_)) % 16;
    if (chance < 2) return Fate::Drop;
    if (chance < 4) return Fate::Branch;
    if (chance == 4) return Fate::Fail;
    if (chance == 5 && item.attempt() < 3) return Fate::Retry;
    return Fate::PassOn;
  }

  std::uint32_t work_on(Stage& stage, Flight& flight) {
    const Packet& packet = *flight.packet;
    const ItemRef item = packet.ref(flight.answered);
    const Token token = token_of(stage, packet, flight.answered);
    const Fate fate = fate_of(token, item);
    const std::uint64_t room = pipeline_.room_behind(stage);
    if ((fate == Fate::PassOn || fate == Fate::Branch) && room == 0) return 0;
    switch (fate) {
      case Fate::PassOn:
        return pass_on(stage, flight, room);
      case Fate::Branch:
        branch(stage, packet.source, token, item);
        return 1;
      case Fate::Drop:
        leave(token);
        pipeline_.finish(stage, packet, flight.answered, flight.answered + 1, now_);
        return 1;
      case Fate::Fail:
        leave(token);
        pipeline_.fail(stage, packet.source, item, now_);
        failed_.push_back({token, item.clone()});
        return 1;
      case Fate::Retry: {
        ItemRef again = item.clone();
        again.more().failures += 1;
        stage.delayed.emplace(now_ + random_() % 50, Delayed{packet.source, std::move(again), token.bytes});
        return 1;
      }
    }
    return 0;
  }

  std::uint32_t pass_on(Stage& stage, const Flight& flight, std::uint64_t room) {
    const Packet& packet = *flight.packet;
    std::uint32_t count = 0;
    std::vector<ItemRef> refs;
    std::string data;
    std::vector<std::uint32_t> lengths;
    while (count < std::min<std::uint64_t>(room, flight.open())) {
      const std::uint32_t i = flight.answered + count;
      const Token token = token_of(stage, packet, i);
      if (fate_of(token, packet.ref(i)) != Fate::PassOn || (count > 0 && random_() % 8 == 0)) break;
      const std::string bytes = token.bytes + ">" + std::to_string(stage.index);
      leave(token);
      enter(stage, packet.source, token.id, bytes);
      data += bytes;
      lengths.push_back(static_cast<std::uint32_t>(bytes.size()));
      if (!packet.refs.empty()) refs.push_back(packet.refs[i].without_history());
      ++count;
    }
    pipeline_.pass_on(stage, ItemRun{packet.source, packet.first + flight.answered, refs, data, lengths}, now_);
    return count;
  }

  void branch(Stage& stage, std::uint32_t source, const Token& token, const ItemRef& item) {
    HeldAnswer outputs;
    const std::uint32_t count = random_() % (kMaxOutputs + 1);
    leave(token);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string bytes = token.bytes + ">" + std::to_string(stage.index) + "." + std::to_string(i);
      enter(stage, source, count > 1 ? token.id + "." + std::to_string(i) : token.id, bytes);
      outputs.data += bytes;
      outputs.lengths.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    pipeline_.branch(stage, source, item, outputs, now_);
  }

  void kill_a_worker() {
    Stage& stage = pick_stage();
    Slot& slot = *stage.slots[random_() % stage.slots.size()];
    if (slot.flights.is_empty()) return;
    const Flight& flight = slot.flights.oldest();
    auto back = slot.flights.reclaim({flight.sequence, flight.answered + static_cast<std::uint32_t>(random_() % 3)});
    for (std::size_t i = back.packets.size(); i-- > 0;) {
      if (back.suspect == i) {
        back.packets[i]->itemize();
        back.packets[i]->refs.front().more().crashes += 1;
      }
      stage.queue.put_front(std::move(back.packets[i]));
    }
  }

  void give_back_a_failed_item() {
    if (failed_.empty()) return;
    std::swap(failed_[random_() % failed_.size()], failed_.back());
    const Failed& failed = failed_.back();
    Stage& stage = pipeline_.stage(failed.token.stage);
    if (stage.is_done) return;
    ItemRef item = failed.item.without_history();
    // It comes back with other bytes, and so, as likely as not, with a better fate.
    Token token = failed.token;
    token.bytes += "!";
    if (!pipeline_.reopen(stage, token.source, std::move(item), token.bytes, now_)) return;
    where_.insert(token);
    failed_.pop_back();
    ++given_back_;
  }

  // As a user may: whatever it waits for.
  bool fail_a_waiting_item() {
    if (where_.empty()) return false;
    auto one = where_.begin();
    std::advance(one, static_cast<std::ptrdiff_t>(random_() % where_.size()));
    const Token token = *one;
    Stage& stage = pipeline_.stage(token.stage);
    const auto item = item_of_text(std::string_view(token.id).substr(token.id.find(':') + 1));
    MUST(item.has_value());
    auto taken = pipeline_.take_waiting(stage, token.source, *item);
    if (!taken) return false;  // a worker has it
    MUST(taken->bytes == token.bytes);
    leave(token);
    pipeline_.fail(stage, token.source, taken->item, now_);
    failed_.push_back({token, std::move(taken->item)});
    return true;
  }

  bool end_stages() {
    bool did = false;
    for (const auto& stage : pipeline_.stages()) {
      if (stage->is_done) continue;
      if (stage->is_source() ? left_[stage->index] > 0 : !pipeline_.is_drained(*stage)) continue;
      for (const std::uint32_t up : stage->up) MUST(pipeline_.stage(up).is_done);
      const auto here =
          std::count_if(where_.begin(), where_.end(), [&](const Token& t) { return t.stage == stage->index; });
      MUST(here == 0);
      MUST(stage->depth() == 0);
      MUST(stage->in_flight() == 0);
      all_ended_ = pipeline_.end(*stage);
      did = true;
    }
    return did;
  }

  void check_bounds() const {
    std::map<std::uint32_t, std::uint64_t> here;
    for (const Token& token : where_) ++here[token.stage];
    for (const auto& stage : pipeline_.stages()) {
      if (stage->is_source()) continue;
      MUST(stage->load == here[stage->index]);
      MUST(stage->load == stage->depth() + stage->in_flight());
      if (stage->reorder) continue;
      // One answer that has begun is taken in whole, and what is given back needs no room.
      const std::uint64_t slack = is_plain_ ? 0 : kMaxOutputs - 1 + given_back_;
      MUST(stage->load <= stage->config.capacity + stage->slots.size() + slack);
      if (is_plain_) MUST(stage->queue.depth() <= stage->config.capacity);
    }
  }

  void check_end() {
    MUST(where_.empty());
    std::map<std::uint32_t, std::set<std::uint64_t>> failed;
    for (const Failed& one : failed_) failed[one.token.source].insert(one.item.ordinal);
    for (const auto& stage : pipeline_.stages()) {
      MUST(stage->load == 0);
      if (!stage->is_source()) continue;
      MUST(stage->ledger.open() == 0);
      MUST(stage->ledger.failed() == failed[stage->index].size());
      MUST(stage->ledger.done() == stage->ledger.admitted() - failed[stage->index].size());
    }
    for (const auto& stage : pipeline_.stages()) {
      if (!stage->reorder) continue;
      MUST(stage->reorder->held() == 0);
      MUST(stage->reorder->window() == 0);
    }
  }

  Random random_;
  std::uint32_t seed_;
  bool is_plain_;  // items are passed on, nothing else happens to them
  Pipeline pipeline_;
  std::multiset<Token> where_;
  std::vector<Failed> failed_;
  std::map<std::uint32_t, std::uint64_t> left_;                                                  // of each source
  std::map<std::uint32_t, std::pair<std::uint64_t, std::vector<std::uint32_t>>> written_up_to_;  // by ordered sinks
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::string>> ids_;
  std::map<std::pair<std::uint32_t, std::size_t>, bool> comes_together_;  // by stage and branch
  std::uint32_t next_sequence_ = 1;
  std::uint64_t given_back_ = 0;
  Nanos now_ = 1;
  int steps_ = 0;
  bool all_ended_ = false;
};

}  // namespace pooltop::testing
