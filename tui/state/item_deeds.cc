// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/terms.h"
#include "engine/base/text.h"
#include "tui/state/steps.h"

// What keys do to items: give them back, fail them. A deed names the item by stage and id, as they were when the key
// was pressed.

namespace pooltop {
namespace {

constexpr std::size_t kIdsInWords = 20;   // of a command line that somebody may copy
constexpr std::size_t kIdsAtOnce = 1000;  // a request has 64 KiB at most

std::string name_of_item(const ItemKey& key) {
  return fmt::format("#{} of {}", printable(key.id), printable(key.stage));
}

Deed give_back(const Step& step, const std::string& stage, std::vector<std::string> ids) {
  Deed deed;
  deed.request.command = "failed";
  deed.request.params.emplace_back("retry", true);
  const std::size_t count = ids.size();
  if (count > 0) {
    deed.done = count == 1 ? name_of_item({stage, ids[0]}) : fmt::format("{} items of {}", count, printable(stage));
    if (count <= kIdsInWords)
      deed.cli = shell_command(step.snapshot, "failed", fmt::format("{} {} --retry", stage, fmt::join(ids, " ")));
    deed.request.params.emplace_back("stage", stage);
    deed.request.params.emplace_back("ids", std::move(ids));
  } else {
    const std::string& match = step.state().failed.match;
    deed.done = "failed items";
    deed.cli = shell_command(step.snapshot, "failed",
                             match.empty() ? "--retry" : fmt::format("--retry --match {}", shell_word(match)));
    if (!match.empty()) deed.request.params.emplace_back("match", match);
  }
  deed.pending = "giving back..";
  return deed;
}

// All at once, or the marked ones stage by stage.
std::vector<Deed> give_back_marked(const Step& step, const FailedState& list) {
  if (list.all_marked) return {give_back(step, "", {})};
  std::map<std::string, std::vector<std::string>> by_stage;
  for (const ItemKey& key : list.marks) by_stage[key.stage].push_back(key.id);
  std::vector<Deed> deeds;
  for (auto& [stage, ids] : by_stage)
    for (std::size_t i = 0; i < ids.size(); i += kIdsAtOnce) {
      const auto end = std::min(i + kIdsAtOnce, ids.size());
      deeds.push_back(give_back(
          step, stage, {ids.begin() + static_cast<std::ptrdiff_t>(i), ids.begin() + static_cast<std::ptrdiff_t>(end)}));
    }
  return deeds;
}

void ask_fail(Step& step, const ItemKey& key, const std::string& item, bool kill, std::optional<WorkerKey> worker) {
  const Bindings& bindings = step.state().bindings;
  const std::string back = bindings.key_of(Action::RetryItem);
  Dialog dialog;
  dialog.title = fmt::format("Fail item {} for good?", name_of_item(key));
  dialog.lines = {item.empty() ? "\"\"" : printable(item),
                  kill ? fmt::format("The worker that has it is killed, a new one comes; {} gives the item back.", back)
                       : fmt::format("It gets no other try; {} on screen {} gives it back.", back,
                                     bindings.key_of(Action::ScreenFailed))};
  dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'x', kill ? "kill, fail it" : "fail it", {fail_deed(step, key, kill)}}};
  if (worker) dialog.targets = {*worker};
  step.state().dialog = std::move(dialog);
}

std::string no_item(const FailedState& list) {
  return list.item || list.count() == 0 ? "no item is under the cursor" : "this part of the list is still being read";
}

void say_failed_already(Step& step) {
  say(step,
      fmt::format("it has failed for good already; {} gives it back", step.state().bindings.key_of(Action::RetryItem)),
      {}, true);
}

void fail_in_list(Step& step) {
  const FailedState& list = step.state().failed;
  const FailedRow* row = list.item && list.is_there ? list.row_at(list.place) : nullptr;
  if (row == nullptr) return say(step, no_item(list), {}, true);
  if (row->now.state == "failed") return say_failed_already(step);
  ask_fail(step, row->key, row->item, row->now.state == "in_work", std::nullopt);
}

void fail_in_queue(Step& step) {
  const QueueState& queue = step.state().queue;
  if (step.state().pane != Pane::Items || !queue.item || !queue.now)
    return say(step,
               fmt::format("{} fails an item: Enter goes to those that wait here",
                           step.state().bindings.key_of(Action::FailItem)),
               {}, true);
  const auto& items = queue.now->items;
  const auto here = std::ranges::find(items, queue.item->id, &PeekedItem::id);
  if (here == items.end()) return say(step, fmt::format("{} waits here no more", name_of_item(*queue.item)), {}, true);
  ask_fail(step, *queue.item, here->item, false, std::nullopt);
}

void fail_shown(Step& step) {
  const auto& way = step.state().item.way;
  if (!way) return say(step, "nothing is known of it", {}, true);
  if (way->now.state == "failed") return say_failed_already(step);
  if (way->now.state == "done") return say(step, "it is done", {}, true);
  ask_fail(step, {way->stage, way->id}, way->item, way->now.state == "in_work", std::nullopt);
}

void retry_shown(Step& step) {
  const auto& way = step.state().item.way;
  const bool can_be = way && (way->now.state == "failed" || way->now.state == "retrying");
  if (!can_be) return say(step, "it has not failed: there is nothing to give back", {}, true);
  send(step, give_back(step, way->stage, {way->id}));
}

void fail_of_worker(Step& step) {
  const UiState& state = step.state();
  const WorkerStatus* worker =
      state.worker && acts_on_workers(state) ? find_worker(step.snapshot, *state.worker) : nullptr;
  if (worker == nullptr || !worker->item_id)
    return say(step,
               fmt::format("{} fails an item: move to a worker that has one, or see {} and {}",
                           state.bindings.key_of(Action::FailItem), state.bindings.key_of(Action::ScreenQueues),
                           state.bindings.key_of(Action::ScreenFailed)),
               {}, true);
  ask_fail(step, {worker->stage, *worker->item_id}, worker->item.value_or(""), true, *state.worker);
}

}  // namespace

Deed fail_deed(const Step& step, const ItemKey& key, bool kill) {
  Deed deed;
  deed.request.command = "fail";
  deed.request.params = {{"stage", key.stage}, {"ids", std::vector<std::string>{key.id}}, {"kill", kill}};
  deed.pending = "failing..";
  deed.done = fmt::format("{} failed for good{}", name_of_item(key), kill ? ", its worker is killed" : "");
  deed.cli = shell_command(step.snapshot, "fail", fmt::format("{} {}{}", key.stage, key.id, kill ? " --kill" : ""));
  return deed;
}

std::string given_back_text(const GivenBack& what, const Deed& deed) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  const std::string& subject = deed.done;
  const bool one = subject.starts_with('#');
  if (what.given_back > 0)
    add(one ? fmt::format("{} is back in the queue", subject)
            : fmt::format("given back: {} {}", what.given_back, what.given_back == 1 ? "item" : "items"));
  if (what.hurried > 0)
    add(one ? fmt::format("{} need not wait any longer", subject)
            : fmt::format("{} need not wait any longer", what.hurried));
  if (what.kept > 0)
    add(one ? fmt::format("{} stays on the list: its stage has ended", subject)
            : fmt::format("{} stay on the list: their stage has ended", what.kept));
  return text.empty() ? fmt::format("{}: nothing to give back", subject) : text;
}

void retry_items(Step& step) {
  UiState& state = step.state();
  if (state.screen == Screen::Item) return retry_shown(step);
  if (state.screen != Screen::Failed)
    return say(step,
               fmt::format("{} gives failed items back: {} shows them", state.bindings.key_of(Action::RetryItem),
                           state.bindings.key_of(Action::ScreenFailed)),
               {}, true);
  const FailedState& list = state.failed;
  if (!list.all_marked && list.marks.size() < 2) {
    const std::optional<ItemKey> key = !list.marks.empty() ? list.marks.front()
                                       : list.is_there     ? list.item
                                                           : std::nullopt;
    if (!key) return say(step, no_item(list), {}, true);
    state.failed.unmark();
    return send(step, give_back(step, key->stage, {key->id}));
  }
  Dialog dialog;
  if (list.all_marked && list.failed.is_searching())
    return say(step, "it is not known yet which fit: those that do are still looked for", {}, true);
  const std::uint64_t count = list.all_marked ? list.failed.total : list.marks.size();
  const std::string fit = list.all_marked && !list.match.empty()
                              ? fmt::format(" that fit \"{}\"", printable(list.match, 40))
                              : std::string();
  dialog.title = fmt::format("Give back {} failed item{}{}?", count, count == 1 ? "" : "s", fit);
  dialog.lines = {"They go back to the queues of their stages, with all their tries before them again."};
  dialog.choices = {{kKeyEsc, "Cancel", {}}, {U'r', "give them back", give_back_marked(step, list)}};
  state.dialog = std::move(dialog);
}

void fail_item(Step& step) {
  switch (step.state().screen) {
    case Screen::Failed:
      return fail_in_list(step);
    case Screen::Item:
      return fail_shown(step);
    case Screen::Queues:
      return fail_in_queue(step);
    default:
      return fail_of_worker(step);
  }
}

}  // namespace pooltop
