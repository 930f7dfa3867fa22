// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include "tui/state/steps.h"

// Screen 4. The list can be long and its items large, so only the rows around those shown are asked for: those that are
// tried again once a second, the failed ones when the run's counters say that there may be others. The cursor is on an
// item: where its row goes, it goes.

namespace pooltop {
namespace {

constexpr Nanos kRetryingInterval = kSecond;
constexpr Nanos kFailedInterval = 5 * kSecond;
constexpr Nanos kFailedPatience = 5 * kSecond;
constexpr Nanos kSearchInterval = 100 * kMillisecond;

std::uint64_t counters(const Snapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const StageStatus& stage : snapshot.stages) sum += stage.failed + stage.retried;
  return sum;
}

struct Wanted {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// A page before what is shown, and one after it.
Wanted wanted_of(std::uint64_t top, std::uint64_t rows) {
  const std::uint64_t first = top - std::min(top, rows);
  return {first, top - first + 2 * rows};
}

bool covers(const FailedPart& part, std::uint64_t top, std::uint64_t rows) {
  if (!part.is_known) return false;
  const std::uint64_t end = std::min(top + rows, part.total);
  return top >= end || (part.first <= top && part.first + part.rows.size() >= end);
}

// Other items are shown from now on: what is known of those of before is of no use, and an answer about them neither.
void show_fitting(FailedState& list, std::string_view match) {
  if (match == list.match) return;
  list.match = match;
  list.failed = FailedPart{};
  list.retrying = FailedPart{};
  list.is_old = true;
  list.all_marked = false;
  list.place = list.top = 0;
  list.item.reset();  // settle() puts it onto what is there
  list.is_there = false;
}

void match_typed(Step& step, const Prompt& prompt) { show_fitting(step.state().failed, prompt.line.text); }

void match_taken(Step& step, const Prompt& prompt) {
  match_typed(step, prompt);
  const bool all = step.state().failed.match.empty();
  say(step, all ? "all failed items are shown" : "only items that fit are shown; Esc shows all again");
}

void match_cancelled(Step& step, const Prompt& prompt) { show_fitting(step.state().failed, prompt.about); }

void ask_part(Step& step, FailedPart& part, const char* command, Wanted wanted) {
  UiState& state = step.state();
  part.asked = state.next_id++;
  part.asked_at = state.now;
  part.asked_first = wanted.first;
  part.asked_count = wanted.count;
  ControlRequest request{part.asked, command, {}};
  request.params.emplace_back("offset", static_cast<std::int64_t>(wanted.first));
  request.params.emplace_back("limit", static_cast<std::int64_t>(wanted.count));
  if (request.command == "failed") request.params.emplace_back("brief", true);
  if (!state.failed.match.empty()) request.params.emplace_back("match", state.failed.match);
  step.out.requests.push_back(std::move(request));
}

bool is_on_its_way(const UiState& state, const FailedPart& part) {
  return part.asked != 0 && state.now - part.asked_at < kFailedPatience;
}

std::optional<std::uint64_t> place_in_part(const FailedPart& part, const ItemKey& key) {
  const auto here = std::ranges::find(part.rows, key, &FailedRow::key);
  if (here == part.rows.end()) return std::nullopt;
  return part.first + static_cast<std::uint64_t>(here - part.rows.begin());
}

// Rows came, went or moved: the cursor's line on the screen stays the same where that is possible.
void find_again(FailedState& list, bool loose) {
  if (!list.item) return;
  auto at = place_in_part(list.failed, *list.item);
  if (!at)
    if (const auto behind = place_in_part(list.retrying, *list.item)) at = list.failed.total + *behind;
  list.is_there = at.has_value();
  if (!at) return;
  const std::uint64_t line = list.place - std::min(list.place, list.top);
  list.place = *at;
  if (loose) return;
  list.top = list.place - std::min(list.place, line);
}

}  // namespace

const FailedRow* FailedState::row_at(std::uint64_t at) const {
  const FailedPart& part = at < failed.total ? failed : retrying;
  const std::uint64_t here = at < failed.total ? at : at - failed.total;
  if (here < part.first || here - part.first >= part.rows.size()) return nullptr;
  return &part.rows[here - part.first];
}

bool FailedState::is_marked(const ItemKey& key) const {
  return all_marked || std::ranges::find(marks, key) != marks.end();
}

void FailedState::unmark() {
  marks.clear();
  all_marked = false;
}

void move_in_failed(Step& step, Action action) {
  UiState& state = step.state();
  FailedState& list = state.failed;
  if (list.count() == 0) return;
  const int page = std::max(1, layout_of(state, step.snapshot).item_rows() - 1);
  const bool gone = list.item && !list.is_there && (action == Action::Up || action == Action::Down);
  if (!gone) list.place = moved(list.place, distance(action, page), list.count());
  list.item.reset();  // settle() puts it onto what is there
  list.is_there = false;
}

void mark_failed(Step& step, Action action) {
  FailedState& list = step.state().failed;
  if (action == Action::Unmark || action == Action::MarkAll) {
    list.unmark();
    list.all_marked = action == Action::MarkAll && list.failed.total > 0;
    if (action == Action::MarkAll)
      say(step, list.all_marked      ? fmt::format("all failed items{} are marked: {} gives them back",
                                              list.match.empty() ? "" : " that fit",
                                                   step.state().bindings.key_of(Action::RetryItem))
                : list.match.empty() ? "no item has failed for good"
                                     : "no failed item fits");
    return;
  }
  if (!list.item || !list.is_there) return say(step, "no item is under the cursor");
  if (list.all_marked)
    return say(step, fmt::format("all are marked; {} unmarks them", step.state().bindings.key_of(Action::Unmark)));
  const auto here = std::ranges::find(list.marks, *list.item);
  if (here == list.marks.end())
    list.marks.push_back(*list.item);
  else
    list.marks.erase(here);
  move_in_failed(step, Action::Down);
}

void type_match(Step& step) {
  const UiState& state = step.state();
  if (state.replay) return say(step, "a recording has no items", {}, true);
  open_prompt(step, {.label = "filter",
                     .line = LineEdit(state.failed.match),
                     .about = state.failed.match,
                     .hint = "word  stage:fetch  error:\"exit 3\"  !word",
                     .changed = match_typed,
                     .accepted = match_taken,
                     .cancelled = match_cancelled});
}

bool clear_match(Step& step) {
  FailedState& list = step.state().failed;
  if (list.match.empty()) return false;
  show_fitting(list, "");
  say(step, "all failed items are shown");
  return true;
}

void ask_failed(Step& step) {
  UiState& state = step.state();
  if (state.screen != Screen::Failed || state.frozen_since || state.link == Link::Lost || state.replay) return;
  FailedState& list = state.failed;
  const auto rows = static_cast<std::uint64_t>(std::max(1, layout_of(state, step.snapshot).item_rows()));
  const std::uint64_t counted = counters(step.snapshot);
  const Nanos rest = state.now - list.failed.asked_at;
  const bool changed = counted != list.seen && rest >= kRetryingInterval;
  const bool moved_on = !covers(list.failed, list.top, rows);
  const bool searches = list.failed.is_searching() && rest >= kSearchInterval;
  const bool due = list.is_old || moved_on || changed || searches || rest >= kFailedInterval;
  // Where asking again brought no more than before it would not do so at once either.
  const bool in_vain = list.failed.has_no_more && list.failed.asked_first == wanted_of(list.top, rows).first;
  const bool failed_again = !moved_on || (list.failed.refused.empty() && !in_vain) || rest >= kRetryingInterval;
  if (due && failed_again && !is_on_its_way(state, list.failed)) {
    list.seen = counted;
    list.is_old = false;
    ask_part(step, list.failed, "failed", wanted_of(list.top, rows));
  }
  if (!is_alive(step.snapshot.state)) {  // nothing is tried again
    list.retrying = FailedPart{};
    list.retrying.is_known = true;
    return;
  }
  const std::uint64_t behind = list.top - std::min(list.top, list.failed.total);
  const bool is_due = list.retrying.asked_at == 0 || state.now - list.retrying.asked_at >= kRetryingInterval ||
                      (list.retrying.refused.empty() && !covers(list.retrying, behind, rows));
  if (is_due && !is_on_its_way(state, list.retrying))
    ask_part(step, list.retrying, "retrying", wanted_of(behind, rows));
}

bool take_failed(Step& step, const Answered& answer) {
  FailedState& list = step.state().failed;
  const bool loose = step.state().loose.items;
  if (answer.id == 0 || (answer.id != list.failed.asked && answer.id != list.retrying.asked)) return false;
  FailedPart& part = answer.id == list.failed.asked ? list.failed : list.retrying;
  part.asked = 0;
  part.refused = answer.error.value_or("");
  if (!answer.page) return true;
  part.is_known = true;
  part.searched = answer.page->searched;
  part.records = answer.page->records;
  part.total = std::max<std::uint64_t>(answer.page->total,
                                       answer.page->rows.empty() ? 0 : part.asked_first + answer.page->rows.size());
  part.has_no_more = part.first == part.asked_first && answer.page->rows.size() <= part.rows.size();
  part.first = part.asked_first;
  part.rows = answer.page->rows;
  find_again(list, loose);
  return true;
}

}  // namespace pooltop
