// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/item_lines.h"
#include "tui/state/steps.h"

// The way of one item, asked for anew each second while it is shown.

namespace pooltop {
namespace {

constexpr Nanos kWayInterval = kSecond;
constexpr Nanos kWayPatience = 5 * kSecond;

int way_rows(const Step& step) { return std::max(1, layout_of(step.state(), step.snapshot).items.rows - 1); }

void open_item(Step& step, const ItemKey& key, std::string text) {
  UiState& state = step.state();
  if (state.item.key != key) {
    state.item = ItemState{};
    state.item.key = key;
    state.item.text = std::move(text);
  }
  state.item.top = 0;
  state.item.asked_at = 0;  // at once, whatever was asked before
  open_screen(step, Screen::Item);
}

bool enter_worker_of(Step& step) {
  const auto& way = step.state().item.way;
  if (!way || way->now.state != "in_work" || !way->now.pid) return false;
  for (const WorkerStatus& worker : step.snapshot.workers) {
    if (worker.pid != *way->now.pid || worker.stage != way->stage) continue;
    step.state().worker = key_of(worker);
    step.state().stage = worker.stage;
    open_screen(step, Screen::Detail);
    return true;
  }
  return false;
}

void enter_from_failed(Step& step) {
  const FailedState& list = step.state().failed;
  if (!list.item) return;
  const FailedRow* row = list.is_there ? list.row_at(list.place) : nullptr;
  open_item(step, *list.item, row == nullptr ? "" : row->item);
}

void enter_from_queue(Step& step) {
  const QueueState& queue = step.state().queue;
  if (!queue.item) return;
  std::string text;
  if (queue.now)
    for (const PeekedItem& item : queue.now->items)
      if (item.id == queue.item->id) text = item.item;
  open_item(step, *queue.item, std::move(text));
}

}  // namespace

bool enter_item(Step& step) {
  UiState& state = step.state();
  switch (state.screen) {
    case Screen::Item:
      if (!enter_worker_of(step)) say(step, "no worker has it now");
      return true;
    case Screen::Failed:
      enter_from_failed(step);
      return true;
    case Screen::Queues:
      if (state.pane != Pane::Items) return false;
      enter_from_queue(step);
      return true;
    case Screen::Detail:
      break;
    default:  // a worker that is gone has no details, but what it had in work is somewhere
      if (state.pane != Pane::Workers || selected_row(state, step.snapshot)) return false;
      break;
  }
  if (!state.worker_item) return false;
  const WorkerStatus* worker = state.worker ? find_worker(step.snapshot, *state.worker) : nullptr;
  open_item(step, *state.worker_item, worker == nullptr ? "" : worker->item.value_or(""));
  return true;
}

void move_in_way(Step& step, Action action) {
  ItemState& item = step.state().item;
  const auto lines = item_lines(step.state()).size();
  const auto rows = static_cast<std::size_t>(way_rows(step));
  const std::size_t last = lines > rows ? lines - rows : 0;
  item.top = moved(item.top, distance(action, way_rows(step)), last + 1);
}

void settle_way(Step& step) {
  UiState& state = step.state();
  if (state.screen != Screen::Item) return;
  const auto lines = item_lines(state).size();
  const auto rows = static_cast<std::size_t>(way_rows(step));
  state.item.top = std::min(state.item.top, lines > rows ? lines - rows : 0);
}

void remember_item(UiState& state, const WorkerStatus* worker) {
  if (worker == nullptr) return;  // it is gone: what it had last is what one goes after
  if (worker->item_id)
    state.worker_item = ItemKey{worker->stage, *worker->item_id};
  else if (worker->state != WorkerState::Exited && worker->state != WorkerState::Killed)
    state.worker_item.reset();
}

void ask_way(Step& step) {
  UiState& state = step.state();
  ItemState& item = state.item;
  if (state.screen != Screen::Item || !item.key || state.frozen_since || state.link == Link::Lost || state.replay)
    return;
  if (item.asked != 0 && state.now - item.asked_at < kWayPatience) return;
  const Nanos interval = is_alive(step.snapshot.state) ? kWayInterval : kWayPatience;
  if (item.asked_at != 0 && state.now - item.asked_at < interval) return;
  item.asked = state.next_id++;
  item.asked_at = state.now;
  step.out.requests.push_back({item.asked, "item", {{"stage", item.key->stage}, {"item_id", item.key->id}}});
}

void take_way(Step& step, const Answered& answer) {
  ItemState& item = step.state().item;
  item.asked = 0;
  item.refused = answer.error.value_or("");
  if (!answer.way || !item.key || answer.way->stage != item.key->stage || answer.way->id != item.key->id) return;
  item.way = answer.way;
}

}  // namespace pooltop
