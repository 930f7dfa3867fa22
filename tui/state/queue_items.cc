// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include "tui/state/steps.h"

// The first items of a queue: asked for once a second while they are shown. The cursor is on an item, not on a row: it
// stays on it when the item has left the queue, so that one can go after it.

namespace pooltop {
namespace {

constexpr std::int64_t kPeekCount = 20;
constexpr Nanos kPeekInterval = kSecond;
constexpr Nanos kPeekPatience = 5 * kSecond;

std::optional<std::size_t> place_in(const QueueState& queue) {
  if (!queue.item || !queue.now) return std::nullopt;
  const auto& items = queue.now->items;
  const auto here = std::ranges::find(items, queue.item->id, &PeekedItem::id);
  if (here == items.end()) return std::nullopt;
  return static_cast<std::size_t>(here - items.begin());
}

void select_item(QueueState& queue, std::size_t place) {
  queue.place = place;
  queue.item = ItemKey{queue.stage, queue.now->items[place].id};
}

}  // namespace

void enter_queue(Step& step) {
  UiState& state = step.state();
  QueueState& queue = state.queue;
  if (!queue.now || queue.now->items.empty()) return say(step, "no item waits here");
  state.pane = Pane::Items;
  if (!queue.item) select_item(queue, std::min(queue.place, queue.now->items.size() - 1));
}

void move_in_queue(Step& step, Action action) {
  UiState& state = step.state();
  QueueState& queue = state.queue;
  if (!queue.now || queue.now->items.empty()) return;
  const std::size_t count = queue.now->items.size();
  const int page = std::max(1, layout_of(state, step.snapshot).item_rows() - 1);
  const auto at = place_in(queue);
  const std::size_t from = std::min(at.value_or(queue.place), count - 1);
  const bool gone = !at && (action == Action::Up || action == Action::Down);
  select_item(queue, gone ? from : moved(from, distance(action, page), count));
}

void ask_peek(Step& step) {
  UiState& state = step.state();
  QueueState& queue = state.queue;
  if (state.screen != Screen::Queues || state.frozen_since || state.link == Link::Lost || state.replay) return;
  if (queue.stage.empty() || !is_alive(step.snapshot.state)) return;
  const StageStatus* stage = find_stage(step.snapshot, queue.stage);
  if (!stage || !stage->queue) return;
  if (queue.asked != 0 && state.now - queue.asked_at < kPeekPatience) return;
  if (queue.asked_at != 0 && state.now - queue.asked_at < kPeekInterval) return;
  queue.asked = state.next_id++;
  queue.asked_at = state.now;
  step.out.requests.push_back({queue.asked, "peek", {{"stage", queue.stage}, {"count", kPeekCount}}});
}

void take_peek(Step& step, const Answered& answer) {
  QueueState& queue = step.state().queue;
  queue.asked = 0;
  queue.refused = answer.error.value_or("");
  if (!answer.peek || answer.peek->stage != queue.stage) return;
  queue.now = answer.peek;
  if (const auto at = place_in(queue)) queue.place = *at;
}

}  // namespace pooltop
