// SPDX-License-Identifier: MIT
//
// Myers' greedy walk. A diagonal k holds the points (x, x - k): x lines of `before` and x - k of `after` are dealt
// with. For each number of edits: how far each diagonal can be followed. The rows are kept, and say the way back.
#include "engine/config/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace pooltop {

namespace {

constexpr std::size_t kAround = 3;

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// One line of the diff: ' ' in both, '-' before only, '+' after only.
struct Step {
  char mark;
  std::string_view line;
};

// The furthest x of the diagonals -edits - 1 … edits + 1.
class Row {
 public:
  explicit Row(long edits) : edits_(edits), x_(static_cast<std::size_t>(2 * edits + 3), 0) {}
  [[nodiscard]] long& operator[](long diagonal) { return x_[static_cast<std::size_t>(diagonal + edits_ + 1)]; }
  // Whether the diagonal is entered, by one edit more, with a line that only `after` has.
  [[nodiscard]] bool is_entered_down(long diagonal, long edits) {
    return diagonal == -edits || (diagonal != edits && (*this)[diagonal - 1] < (*this)[diagonal + 1]);
  }

 private:
  long edits_;
  std::vector<long> x_;
};

class Walk {
 public:
  Walk(const Lines& before, const Lines& after) : before_(before), after_(after) {}

  std::vector<Step> steps() {
    long edits = 0;
    while (!reach(edits)) ++edits;
    return way_back(edits);
  }

 private:
  [[nodiscard]] long n() const { return static_cast<long>(before_.size()); }
  [[nodiscard]] long m() const { return static_cast<long>(after_.size()); }
  [[nodiscard]] std::string_view before(long i) const { return before_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::string_view after(long i) const { return after_[static_cast<std::size_t>(i)]; }

  bool reach(long edits) {
    Row here(edits);
    for (long k = -edits; k <= edits; k += 2) {
      long x = 0;
      if (edits > 0) {
        Row& last = rows_.back();
        x = last.is_entered_down(k, edits) ? last[k + 1] : last[k - 1] + 1;
      }
      while (x < n() && x - k < m() && before(x) == after(x - k)) ++x;
      here[k] = x;
      if (x >= n() && x - k >= m()) return true;
    }
    rows_.push_back(std::move(here));
    return false;
  }

  std::vector<Step> way_back(long edits) {
    std::vector<Step> steps;
    long x = n();
    long y = m();
    for (; edits > 0; --edits) {
      Row& last = rows_[static_cast<std::size_t>(edits - 1)];
      const bool down = last.is_entered_down(x - y, edits);
      const long from = x - y + (down ? 1 : -1);
      const long from_x = last[from];
      const long from_y = from_x - from;
      for (; x > from_x && y > from_y; --x, --y) steps.push_back({' ', before(x - 1)});
      steps.push_back(down ? Step{'+', after(y - 1)} : Step{'-', before(x - 1)});
      x = from_x;
      y = from_y;
    }
    for (; x > 0; --x) steps.push_back({' ', before(x - 1)});
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  const Lines& before_;
  const Lines& after_;
  std::vector<Row> rows_;
};

// "12,7": where a hunk stands in one of the texts; of none of its lines, behind which line.
std::string range_text(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first + 1);
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

// Steps [from, to) as one hunk; `old_line` and `new_line` stand before them.
std::string hunk(const std::vector<Step>& steps, std::size_t from, std::size_t to, std::size_t old_line,
                 std::size_t new_line) {
  std::string body;
  std::size_t olds = 0;
  std::size_t news = 0;
  for (std::size_t i = from; i < to; ++i) {
    olds += steps[i].mark != '+' ? 1 : 0;
    news += steps[i].mark != '-' ? 1 : 0;
    body += steps[i].mark;
    body += steps[i].line;
    if (!steps[i].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
  }
  return fmt::format("@@ -{} +{} @@\n{}", range_text(old_line, olds), range_text(new_line, news), body);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return {};
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Step> steps = Walk(old_lines, new_lines).steps();
  std::string text = fmt::format("--- {0}\n+++ {0}\n", name);
  std::size_t old_line = 0;
  std::size_t new_line = 0;
  const auto pass = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      old_line += steps[i].mark != '+' ? 1 : 0;
      new_line += steps[i].mark != '-' ? 1 : 0;
    }
  };
  std::size_t done = 0;
  while (done < steps.size()) {
    const auto is_change = [](const Step& step) { return step.mark != ' '; };
    const auto next = [&](std::size_t from) {
      return static_cast<std::size_t>(std::find_if(steps.begin() + static_cast<long>(from), steps.end(), is_change) -
                                      steps.begin());
    };
    const std::size_t first = next(done);
    if (first == steps.size()) break;
    std::size_t last = first;  // of the hunk's changes: those whose surroundings touch are one hunk
    for (std::size_t i = next(first + 1); i < steps.size() && i - last <= 2 * kAround + 1; i = next(i + 1)) last = i;
    const std::size_t from = first - std::min(first - done, kAround);
    const std::size_t to = std::min(last + 1 + kAround, steps.size());
    pass(done, from);
    text += hunk(steps, from, to, old_line, new_line);
    pass(from, to);
    done = to;
  }
  return text;
}

}  // namespace pooltop
