// SPDX-License-Identifier: MIT
#include "tui/state/output.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostLines = 10'000;
constexpr std::size_t kTabStop = 8;

// The length of a sequence that sets colours at the front of `text`, 0 if there is none.
std::size_t colors_at(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::size_t index_in(const std::deque<std::uint64_t>& numbers, std::uint64_t number) {
  return static_cast<std::size_t>(std::lower_bound(numbers.begin(), numbers.end(), number) - numbers.begin());
}

bool is_kept(const OutputWords& words, const OutputLine& line) {
  return words.keep.empty() || words.keep.find(line.text).has_value() != words.keep_not;
}

// Sorts the line with that number, the newest so far, into what is shown and found.
bool sort_in(OutputState& output, std::uint64_t number) {
  const OutputLine& line = output.line(number);
  if (!is_kept(output.words, line)) return false;
  output.shown.push_back(number);
  if (output.words.search.find(line.text)) output.found.push_back(number);
  return true;
}

}  // namespace

std::string shown_text(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find_first_of("\x1b\t"), raw.size());
    out += printable(raw.substr(0, end));
    raw.remove_prefix(end);
    if (raw.empty()) break;
    if (raw[0] == '\t') {
      out.append(kTabStop - out.size() % kTabStop, ' ');
      raw.remove_prefix(1);
    } else if (const std::size_t colors = colors_at(raw); colors > 0) {
      raw.remove_prefix(colors);
    } else {
      out += printable(raw.substr(0, 1));
      raw.remove_prefix(1);
    }
  }
  return out;
}

std::size_t OutputState::shown_index(std::uint64_t number) const {
  return std::min(index_in(shown, number), shown.empty() ? 0 : shown.size() - 1);
}

std::optional<std::uint64_t> OutputState::cursor_line() const {
  if (shown.empty()) return std::nullopt;
  return view.follow ? shown.back() : shown[shown_index(view.at)];
}

void add_lines(OutputState& output, const std::vector<OutputLine>& lines) {
  for (const OutputLine& raw : lines) {
    OutputLine line = raw;
    line.time = printable(line.time);
    line.stage = printable(line.stage);
    line.text = shown_text(line.text);
    output.lines.push_back(std::move(line));
    const bool is_shown = sort_in(output, output.first + output.lines.size() - 1);
    if (is_shown && !output.view.follow) ++output.fresh;
  }
  while (output.lines.size() > kMostLines) {
    output.lines.pop_front();
    ++output.first;
  }
  for (auto* numbers : {&output.shown, &output.found})
    while (!numbers->empty() && numbers->front() < output.first) numbers->pop_front();
  output.fresh = std::min(output.fresh, output.shown.size());
}

void set_words(OutputState& output, OutputWords words) {
  output.words = std::move(words);
  output.shown.clear();
  output.found.clear();
  for (std::uint64_t number = output.first; number < output.first + output.lines.size(); ++number)
    static_cast<void>(sort_in(output, number));
  output.fresh = std::min(output.fresh, output.shown.size());
}

void forget_lines(OutputState& output) {
  OutputState fresh;
  fresh.reach = output.reach;
  fresh.chosen_pid = output.chosen_pid;
  fresh.chosen_stage = output.chosen_stage;
  fresh.last_search = output.words.search.empty() ? output.last_search : output.words.search;
  fresh.wrap = output.wrap;
  fresh.times = output.times;
  output = std::move(fresh);
}

}  // namespace pooltop
