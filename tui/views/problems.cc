// SPDX-License-Identifier: MIT
#include "tui/state/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/rows.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/row_painter.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostTextLines = 4;

std::string who(const Problem& problem) {
  if (problem.stage.empty()) return "the run";
  return printable(problem.stage) + (problem.pid ? fmt::format(" {}", *problem.pid) : "");
}

bool is_error(const Problem& problem) { return problem.severity == "error"; }

// One problem of the list: whom it is about and for how long, what it is, what can be done.
struct ListedProblem {
  std::vector<std::string> text;
  std::string step;
  [[nodiscard]] int lines() const { return 1 + static_cast<int>(text.size()) + (step.empty() ? 0 : 1); }
};

constexpr int kIndent = 5;

int draw_listed(const Problem& problem, const ListedProblem& entry, int line, bool cursor, Window& window) {
  RowPainter row(window, line, cursor);
  row.left(0, cursor ? ">" : " ", Role::KeyName);
  row.left(2, is_error(problem) ? "x" : "!", is_error(problem) ? Role::Error : Role::Warning);
  const std::string age = fmt::format("for {}", format_short(problem.since_s));
  const int end = window.cols() - 1;
  for (int i = 0; i < entry.lines(); ++i) window.line_stands_for(line + i, ProblemTarget{problem});
  row.name(kIndent - 1, end - kIndent - static_cast<int>(age.size()), who(problem),
           is_error(problem) ? Role::Error : Role::Warning);
  row.right(end, age, Role::Dim);
  for (const std::string& part : entry.text) window.put(++line, kIndent, part, Role::Text);
  if (!entry.step.empty()) window.put(++line, kIndent, cut_end(entry.step, end - kIndent, window.charset()), Role::Dim);
  return line + 1;
}

}  // namespace

void draw_problems(const Frame& frame, Window& window) {
  const auto& problems = frame.snapshot.problems;
  draw_title(window, 0, fmt::format("Problems ({})", problems.size()), "", false);
  if (problems.empty()) window.put(1, 1, "none", Role::Dim);
  const auto cursor = selected_problem(frame.state, frame.snapshot);
  int line = 1;
  const std::size_t most = window.rows() > 7 ? 3 : 2;
  for (std::size_t i = 0; i < problems.size() && line < window.rows(); ++i) {
    const Problem& problem = problems[i];
    const bool error = is_error(problem);
    const std::string text = fmt::format("{}: {} ({})", who(problem), printable(addressed(frame.state, problem.text)),
                                         format_short(problem.since_s));
    window.put(line, 0, cursor == i ? ">" : " ", Role::KeyName);
    window.put(line, 1, error ? "x" : "!", error ? Role::Error : Role::Warning);
    for (const std::string& part : wrap(text, window.cols() - 4, most, window.charset())) {
      if (line >= window.rows()) return;
      window.line_stands_for(line, ProblemTarget{problem});
      window.put(line++, 3, part, error ? Role::Error : Role::Text);
    }
  }
}

// Whole entries from a top that keeps the one under the cursor in sight.
void draw_problem_list(const Frame& frame, Window& window) {
  const auto& problems = frame.snapshot.problems;
  for (int row = 0; row < window.rows(); ++row) window.clear(row, 0, window.cols());
  draw_title(window, 0, fmt::format("Problems ({})", problems.size()), "Enter goes there, Esc closes", true);
  const auto cursor = selected_problem(frame.state, frame.snapshot);
  int line = 1;
  if (problems.empty()) window.put(line, 1, "none any more", Role::Dim);
  if (!cursor && !problems.empty())
    window.put(line++, 1, "the one that was here is over: Up and Down go to the others", Role::Dim);
  std::vector<ListedProblem> entries;
  for (const Problem& problem : problems)
    entries.push_back({wrap(printable(addressed(frame.state, problem.text)), window.cols() - kIndent - 1,
                            kMostTextLines, window.charset()),
                       next_step(problem, frame.snapshot, frame.state.bindings)});
  std::size_t top = cursor.value_or(std::min(frame.state.problem_place, problems.empty() ? 0 : problems.size() - 1));
  if (!entries.empty()) {
    int used = entries[top].lines();
    while (top > 0 && line + used + entries[top - 1].lines() <= window.rows()) used += entries[--top].lines();
  }
  for (std::size_t i = top; i < entries.size() && line < window.rows(); ++i)
    line = draw_listed(problems[i], entries[i], line, cursor == i, window);
}

}  // namespace pooltop
