// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "tui/state/output_page.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

// One row, with what was searched for in it. `part` is a piece of `text`: what is found may begin in one row and end in
// the next.
void draw_found(Window& window, int row, int col, const std::string& text, std::string_view part, const Needle& search,
                Role role) {
  const auto begin = static_cast<std::size_t>(part.data() - text.data());
  const std::size_t end = begin + part.size();
  // What lies before the row by more than its own length does not reach into it.
  std::size_t from = begin - std::min(begin, search.text().size());
  while (from < begin && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  std::size_t done = begin;
  for (auto found = search.find(text, from); found && found->at < end; found = search.find(text, from)) {
    from = found->at + found->size;
    if (from <= done) continue;
    const std::size_t first = std::max(found->at, done);
    const std::size_t last = std::min(from, end);
    col = window.put(row, col, std::string_view(text).substr(done, first - done), role);
    col = window.put(row, col, std::string_view(text).substr(first, last - first), Role::Match);
    done = last;
  }
  window.put(row, col, std::string_view(text).substr(done, end - done), role);
}

struct Row {
  int row = 0;
  bool has_cursor = false;
  bool selected = false;
};

void draw_front(const Frame& frame, Window& window, const Row& at, const OutputLine& line,
                const OutputColumns& columns) {
  const Role dim = at.selected ? Role::Selected : Role::Dim;
  int col = 1;
  if (columns.time > 0) {
    window.put(at.row, col, time_text(line, frame.state.output.times, frame.snapshot, columns.time), dim);
    col += columns.time + 1;
  }
  if (columns.pid > 0) {
    window.put(at.row, col, fmt::format("{:>{}}", line.pid, columns.pid), dim);
    col += columns.pid + 1;
  }
  if (columns.who > 0) {
    window.put(at.row, col, cut_middle(who_text(line), columns.who, window.charset()), dim);
    col += columns.who + 1;
  }
  const bool error = line.stream == "err";
  window.put(at.row, col, stream_text(line), error && !at.selected ? Role::Warning : dim);
}

void draw_part(const Frame& frame, Window& window, const Row& at, OutputPlace place, const OutputPage& page,
               const OutputColumns& columns) {
  const OutputState& output = frame.state.output;
  const OutputLine& line = output.line(place.line);
  window.line_stands_for(at.row, LineTarget{place.line});
  if (at.selected) window.clear(at.row, 0, window.cols(), Role::Selected);
  if (at.has_cursor) window.put(at.row, 0, ">", at.selected ? Role::Selected : Role::KeyName);
  if (place.part == 0) draw_front(frame, window, at, line, columns);
  const Role text = line.stream == "err" ? Role::Warning : line.stream == "out" ? Role::Text : Role::Dim;
  std::string_view part = page.parts(place.line)[place.part];
  if (!output.wrap)
    part = cut_end(skip_cells(part, output.view.left, window.charset()), page.width(), window.charset());
  draw_found(window, at.row, columns.text, line.text, part, output.words.search, at.selected ? Role::Selected : text);
}

std::string whose(const OutputState& output) {
  if (output.pid != 0) return fmt::format("{} ({})", output.pid, printable(output.stage));
  return output.stage.empty() ? "all stages" : printable(output.stage);
}

// "&error 12 of 345", "/slow 3 of 17": what is kept, and where one is in what was found.
std::string words_text(const OutputState& output) {
  std::string text;
  const OutputWords& words = output.words;
  if (!words.keep.empty())
    text += fmt::format("  &{}{} {} of {}", words.keep_not ? "!" : "", printable(words.keep.text()),
                        output.shown.size(), output.lines.size());
  if (words.search.empty()) return text;
  text += fmt::format("  /{} ", printable(words.search.text()));
  const auto at = output.cursor_line();
  const auto place = std::lower_bound(output.found.begin(), output.found.end(), at.value_or(0));
  if (output.found.empty()) return text + "none";
  if (at && place != output.found.end() && *place == *at)
    return text + fmt::format("{} of {}", place - output.found.begin() + 1, output.found.size());
  return text + fmt::format("{} found", output.found.size());
}

std::string follow_text(const UiState& state) {
  const OutputState& output = state.output;
  if (output.view.follow) return "following";
  if (output.fresh > 0) return fmt::format("+{} new ({})", output.fresh, state.bindings.key_of(Action::Last));
  return fmt::format("not following ({})", state.bindings.key_of(Action::Follow));
}

void draw_output_title(const Frame& frame, Window& window) {
  const OutputState& output = frame.state.output;
  const std::string right = follow_text(frame.state);
  const std::string words = words_text(output);
  std::string left =
      fmt::format("[{}] Output of {}{}", frame.state.bindings.key_of(Action::ScreenOutput), whose(output), words);
  // What was looked for goes before whose it is.
  const int room = window.cols() - cells_of(right, window.charset()) - 8;
  if (cells_of(left, window.charset()) > room) left = whose(output) + words;
  if (cells_of(left, window.charset()) > room && !words.empty()) left = words.substr(2);
  draw_title(window, 0, left, right, frame.state.pane == Pane::Output);
}

std::string why_empty(const Frame& frame) {
  const OutputState& output = frame.state.output;
  if (!output.lines.empty())
    return fmt::format("none of {} lines {} \"{}\"; Esc shows them all", output.lines.size(),
                       output.words.keep_not ? "is without" : "holds", printable(output.words.keep.text()));
  if (!output.cursor.empty()) return "no output so far";
  if (is_alive(frame.snapshot.state)) return "";
  return fmt::format("the run has ended: pooltop logs {} shows what its workers wrote", printable(frame.snapshot.run));
}

}  // namespace

void draw_output(const Frame& frame, Window& window) {
  const OutputState& output = frame.state.output;
  draw_output_title(frame, window);
  const int rows = window.rows() - 1;
  if (rows <= 0) return;
  if (output.shown.empty()) {
    const bool refused = !output.refused.empty();
    window.put(1, 1, refused ? printable(output.refused) : why_empty(frame), refused ? Role::Warning : Role::Dim);
    return;
  }
  const OutputPage page(frame.state, frame.snapshot);
  const OutputColumns columns = output_columns(frame.state, frame.snapshot);
  const auto cursor = frame.state.pane == Pane::Output ? output.cursor_line() : std::nullopt;
  OutputPlace at = page.top();
  for (int row = 1; row <= rows; ++row) {
    const bool on_it = cursor && *cursor == at.line;
    const bool first = at.part == 0 || row == 1;
    draw_part(frame, window, {row, on_it && first, on_it && !output.view.follow}, at, page, columns);
    const OutputPlace next = page.moved(at, 1);
    if (next == at) break;
    at = next;
  }
}

}  // namespace pooltop
