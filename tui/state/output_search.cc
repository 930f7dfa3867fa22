// SPDX-License-Identifier: MIT
// Looking for words in the output: `/`, `n`, `N` and `&`. What is typed takes effect at once; Esc goes back to where
// one was.
#include "tui/state/output_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "tui/state/output_move.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr std::string_view kWentOn = "the search went on ";

// From the end one looks back: the nearest line above is the newest. If it is on the screen already nothing moves.
void go_to_nearest(Step& step) {
  OutputState& output = step.state().output;
  if (output.found.empty()) return;
  const OutputPage page(step.state(), step.snapshot);
  if (output.view.follow) {
    if (!page.shows(output.found.back())) go_to_line(output, page, output.found.back());
    return;
  }
  const auto next = std::lower_bound(output.found.begin(), output.found.end(), output.view.at);
  go_to_line(output, page, next == output.found.end() ? output.found.front() : *next);
}

void reveal_columns(Step& step, std::uint64_t line) {
  OutputState& output = step.state().output;
  if (output.wrap) return;
  const std::string& text = output.line(line).text;
  const auto found = output.words.search.find(text);
  if (!found) return;
  const Charset charset = step.state().charset;
  const int begin = cells_of(std::string_view(text).substr(0, found->at), charset);
  const int end = begin + cells_of(std::string_view(text).substr(found->at, found->size), charset);
  const int width = OutputPage(step.state(), step.snapshot).width();
  int& left = output.view.left;
  if (begin < left || end > left + width) left = end <= width ? 0 : begin - width / 3;
}

void give_up(Step& step, const Prompt&) {
  OutputState& output = step.state().output;
  set_words(output, output.words_before);
  output.view = output.view_before;
}

void search_typed(Step& step, const Prompt& prompt) {
  OutputState& output = step.state().output;
  output.view = output.view_before;
  OutputWords words = output.words_before;
  words.search = Needle(prompt.line.text);
  set_words(output, std::move(words));
  go_to_nearest(step);
}

void search_taken(Step& step, const Prompt& prompt) {
  OutputState& output = step.state().output;
  if (prompt.line.text.empty()) {
    give_up(step, prompt);
    return next_found(step, true);
  }
  output.last_search = output.words.search;
  if (output.found.empty())
    say(step, fmt::format("none of {} lines holds \"{}\"; new ones are looked at too", output.shown.size(),
                          printable(prompt.line.text)));
  else if (const auto at = output.cursor_line(); at && !output.view.follow)
    reveal_columns(step, *at);
}

void keep_typed(Step& step, const Prompt& prompt) {
  OutputState& output = step.state().output;
  output.view = output.view_before;
  OutputWords words = output.words_before;
  std::string_view text = prompt.line.text;
  words.keep_not = text.starts_with('!');
  if (words.keep_not) text.remove_prefix(1);
  words.keep = Needle(text);
  set_words(output, std::move(words));
}

void begin(Step& step, std::string label, LineEdit line, std::string hint, Prompt::Handler changed,
           Prompt::Handler accepted) {
  OutputState& output = step.state().output;
  output.words_before = output.words;
  output.view_before = output.view;
  open_prompt(step, {.label = std::move(label),
                     .line = std::move(line),
                     .about = {},
                     .hint = std::move(hint),
                     .changed = changed,
                     .accepted = accepted,
                     .cancelled = give_up});
}

}  // namespace

void open_search(Step& step) {
  const Bindings& bindings = step.state().bindings;
  begin(step, "search", {},
        fmt::format("Enter, then {} {}", bindings.key_of(Action::SearchNext), bindings.key_of(Action::SearchPrevious)),
        search_typed, search_taken);
}

void open_keep(Step& step) {
  const OutputWords& words = step.state().output.words;
  LineEdit line((words.keep_not ? "!" : "") + words.keep.text());
  begin(step, "keep lines with", std::move(line), "! in front: without", keep_typed, nullptr);
}

void next_found(Step& step, bool forward) {
  OutputState& output = step.state().output;
  if (output.words.search.empty()) {
    if (output.last_search.empty()) return say(step, "nothing is searched for: / begins");
    OutputWords words = output.words;
    words.search = output.last_search;
    set_words(output, std::move(words));
  }
  const auto& found = output.found;
  const std::string what = printable(output.words.search.text());
  if (found.empty()) return say(step, fmt::format("none of {} lines holds \"{}\"", output.shown.size(), what));
  const std::uint64_t at = output.cursor_line().value_or(0);
  const auto place =
      forward ? std::upper_bound(found.begin(), found.end(), at) : std::lower_bound(found.begin(), found.end(), at);
  const bool wraps = place == (forward ? found.end() : found.begin());
  std::uint64_t to = forward ? found.front() : found.back();
  if (!wraps) to = forward ? *place : *std::prev(place);
  const OutputPage page(step.state(), step.snapshot);
  go_to_line(output, page, to);
  reveal_columns(step, to);
  std::optional<Message>& message = step.state().message;
  if (wraps)
    say(step, fmt::format("{}at the {}", kWentOn, forward ? "first line" : "last line"));
  else if (message && message->text.starts_with(kWentOn))
    message.reset();
}

bool clear_words(Step& step) {
  OutputState& output = step.state().output;
  OutputWords words = output.words;
  if (!words.search.empty()) {
    output.last_search = words.search;
    words.search = {};
  } else if (!words.keep.empty()) {
    words.keep = {};
    words.keep_not = false;
  } else {
    return false;
  }
  set_words(output, std::move(words));
  return true;
}

}  // namespace pooltop
