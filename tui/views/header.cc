// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/views/figures.h"
#include "tui/views/panes.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr Nanos kSilence = 2 * kSecond;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::uint64_t waiting(const Snapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const StageStatus& stage : snapshot.stages)
    if (stage.queue) sum += stage.queue->depth;
  return sum;
}

template <typename Count>
std::uint64_t sum(const Snapshot& snapshot, Count count) {
  std::uint64_t total = 0;
  for (const StageStatus& stage : snapshot.stages) total += stage.*count;
  return total;
}

// While nothing but paused workers has something to do, the time left is anybody's guess.
// "?" behind it: the rate it is from is not that of now.
std::string eta_of(const Frame& frame) {
  const Snapshot& snapshot = frame.snapshot;
  if (stands_still(snapshot)) return "-";
  return eta_text(snapshot.eta_s) + (snapshot.eta_s && is_eta_doubtful(frame.state) ? "?" : "");
}

// "PAUSED 12s by you": of the stage that was paused last.
std::string pause_text(const Frame& frame) {
  const StageStatus* last = nullptr;
  for (const StageStatus& stage : frame.snapshot.stages)
    if (stage.paused_at && (!last || *stage.paused_at > *last->paused_at)) last = &stage;
  const auto seconds = last ? paused_seconds(*last, frame.snapshot) : std::nullopt;
  return seconds ? fmt::format(" {}{}", brief_text(*seconds), paused_by_text(frame.state, last->paused_by)) : "";
}

std::string state_text(const Snapshot& snapshot) {
  std::string text = upper(name_of(snapshot.state));
  if (snapshot.exit_status) text += fmt::format(" exit {}", *snapshot.exit_status);
  return text;
}

// "REPLAY 0:01:15 / 0:03:44 x4 paused"; brief, the place is said by the run's time.
std::string replay_text(const ReplayState& replay, bool brief) {
  if (replay.is_report) return brief ? "REPORT" : "REPORT, no recording";
  const std::string place =
      brief ? "" : fmt::format(" {} / {}", format_elapsed(replay.position_s), format_elapsed(replay.length_s));
  const std::string speed =
      replay.speed < 1 ? fmt::format("1/{:.0f}", 1 / replay.speed) : fmt::format("{:.0f}", replay.speed);
  return fmt::format("REPLAY{} x{}{}", place, speed, replay.paused ? " paused" : "");
}

// What is more important than any figure: that the figures are old.
std::string notice(const Frame& frame, bool brief) {
  const UiState& state = frame.state;
  if (state.replay) return replay_text(*state.replay, brief);
  if (state.link == Link::Lost) return brief ? "NO CONNECTION" : "NO CONNECTION, reconnecting";
  if (state.frozen_since) {
    const std::string time = brief_text(static_cast<double>((state.now - *state.frozen_since) / kSecond));
    const std::string key = state.bindings.key_of(Action::Freeze);
    return brief ? fmt::format("FROZEN {} ({})", time, key)
                 : fmt::format("DISPLAY FROZEN {}, run goes on ({})", time, key);
  }
  const Nanos silence = state.now - state.last_data;
  if (silence > kSilence && is_alive(frame.snapshot.state))
    return fmt::format("NO DATA {}", brief_text(static_cast<double>(silence / kSecond)));
  return state.read_only ? "read-only" : "";
}

std::string progress_text(const Snapshot& snapshot, bool label, bool brief) {
  const auto percent = percent_done(snapshot);
  const ItemCounts& items = snapshot.items;
  if (!percent) return fmt::format("{} done", brief ? count_text(items.done) : fmt::format("{}", items.done));
  if (brief) return fmt::format("{}%", *percent);
  // As the percentage counts them: failed ones are finished too.
  return fmt::format("{}{}/{} {}%", label ? "done " : "", items.done + items.failed, *items.total, *percent);
}

std::string problems_text(const Frame& frame, bool wide, bool brief) {
  const std::size_t count = frame.snapshot.problems.size();
  const std::string key = frame.state.bindings.key_of(Action::NextProblem);
  if (count == 0) return {};
  if (brief) return fmt::format("{}! {}", count, key);
  return fmt::format("{} problem{} {}", count, count == 1 ? "" : "s", wide ? fmt::format("({} lists)", key) : key);
}

// Where not everything fits, it is said in fewer words before anything is left out; the notice and the problems stay
// to the last.
enum Fit : std::uint8_t { Everything, NoExtras, ShortWords, NoCounts, NoEta, NoRate, NoTime, Fits };

struct Figure {
  int gap;  // before it
  std::string text;
  Role role;
};

std::vector<Figure> top_pieces(const Frame& frame, int cols, Role role, int fit) {
  const Snapshot& snapshot = frame.snapshot;
  const bool wide = cols >= 120;
  const int gap = wide ? 3 : 2;
  const bool failed = snapshot.state == RunState::Failed || snapshot.exit_status.value_or(0) != 0;
  const std::string name = cut_middle(printable(snapshot.run), std::max(8, cols / 5), Charset::Utf8);
  std::string state = state_text(snapshot);
  if (snapshot.state == RunState::Paused && fit < ShortWords) state += pause_text(frame);
  std::vector<Figure> pieces{{1, name, role}, {2, std::move(state), failed ? Role::Error : role}};
  const bool told = frame.state.replay && !frame.state.replay->is_report && fit < ShortWords;  // by the notice
  if (fit < NoTime && !told) pieces.push_back({2, format_elapsed(snapshot.elapsed_s), role});
  pieces.push_back({2, progress_text(snapshot, wide, fit >= NoCounts), role});
  if (fit < NoRate) pieces.push_back({gap, rate_text(run_rate(frame.state, snapshot)) + "/s", role});
  if (fit < (frame.state.replay ? ShortWords : NoEta) && is_alive(snapshot.state)) {
    std::string eta = "ETA " + eta_of(frame);
    const bool dims = eta.back() == '?' && role == Role::Header;
    pieces.push_back({gap, std::move(eta), dims ? Role::Dim : role});
  }
  if (wide && fit < NoExtras && is_alive(snapshot.state) && !frame.state.replay) {
    if (!snapshot.journal.empty())
      pieces.push_back({gap, "journal " + snapshot.journal, snapshot.journal == "failing" ? Role::Warning : role});
    if (snapshot.watching > 1) pieces.push_back({gap, fmt::format("{} watching", snapshot.watching), role});
  }
  const bool brief = fit >= ShortWords;
  if (std::string note = notice(frame, brief); !note.empty()) pieces.push_back({2, std::move(note), Role::Warning});
  if (std::string problems = problems_text(frame, wide, brief); !problems.empty())
    pieces.push_back({brief ? 2 : 3, std::move(problems), Role::Warning});
  return pieces;
}

int width_of(const std::vector<Figure>& pieces, Charset charset) {
  int width = 0;
  for (const Figure& piece : pieces) width += piece.gap + cells_of(piece.text, charset);
  return width;
}

void draw_top(const Frame& frame, Window& window) {
  const bool paused = frame.snapshot.state == RunState::Paused || frame.state.frozen_since.has_value();
  const Role role = paused ? Role::HeaderPaused : Role::Header;
  window.clear(0, 0, window.cols(), role);
  std::vector<Figure> pieces;
  for (int fit = Everything; fit < Fits; ++fit) {
    pieces = top_pieces(frame, window.cols(), role, fit);
    if (width_of(pieces, window.charset()) <= window.cols()) break;
  }
  int col = 0;
  for (const Figure& piece : pieces) col = window.put(0, col + piece.gap, piece.text, piece.role);
}

// With the total known a bar; the last minute's throughput beside it where no pane shows it.
void draw_progress(const Frame& frame, Window& window) {
  const Snapshot& snapshot = frame.snapshot;
  const bool graph_elsewhere = frame.layout.graph.rows > 0;
  const bool total = snapshot.items.total.has_value();
  const int cols = window.cols();
  const int spark = graph_elsewhere ? 0 : total ? std::clamp(cols / 4, 10, 60) : cols - 12;
  const int cells = cols - 4 - (spark > 0 ? spark + 9 : 0);
  int col = 1;
  if (total) {
    const std::uint64_t finished = snapshot.items.done + snapshot.items.failed;
    const std::string bar = bar_text(finished, *snapshot.items.total, cells, window.glyphs());
    col = window.put(1, col, "[");
    col = window.put(1, col, bar, Role::BarPart);
    col = window.put(1, col, "]") + 1;
  }
  if (!total && spark <= 0)
    window.put(1, 1, "how many there are is not known before the source ends: no percentage, no ETA", Role::Dim);
  if (spark <= 0) return;
  const auto rates = frame.state.history.out_rates(static_cast<std::size_t>(spark));
  col = window.put(1, col, fmt::format("out {}s ", spark), Role::Dim);
  window.put(1, col, spark_text(rates, spark, graph_top(rates), window.glyphs()), Role::Graph);
}

void draw_counts(const Frame& frame, Window& window) {
  const Snapshot& snapshot = frame.snapshot;
  const int gap = window.cols() >= 120 ? 4 : 3;
  const std::uint64_t failed = snapshot.items.failed;
  std::vector<Figure> pieces{
      {1, fmt::format("failed {}", failed), failed > 0 ? Role::Error : Role::Text},
      {gap,
       is_alive(snapshot.state) ? fmt::format("retrying {}", sum(snapshot, &StageStatus::retrying))
                                : fmt::format("retried {}", sum(snapshot, &StageStatus::retried)),
       Role::Text},
      {gap, fmt::format("restarts {}", sum(snapshot, &StageStatus::restarts)), Role::Text},
      {gap, fmt::format("in flight {}", snapshot.items.in_flight), Role::Text},
      {gap, fmt::format("waiting in queues {}", waiting(snapshot)), Role::Text},
  };
  if (const auto oldest = oldest_item(snapshot); oldest && oldest->elapsed_s >= 1)
    pieces.push_back({gap,
                      fmt::format("oldest item {} (#{} in {})", format_short(oldest->elapsed_s), printable(oldest->id),
                                  printable(oldest->stage)),
                      Role::Text});
  // Half a figure would be another one: those that fit.
  int cells = 0;
  while (!pieces.empty()) {
    cells = 0;
    for (const Figure& piece : pieces) cells += piece.gap + cells_of(piece.text, window.charset());
    if (cells <= window.cols()) break;
    pieces.pop_back();
  }
  if (pieces.empty()) return;
  const std::string hint = fmt::format(" ({})", frame.state.bindings.key_of(Action::ScreenFailed));
  const bool has_hint = failed > 0 && frame.state.screen != Screen::Failed;
  if (has_hint && cells + cells_of(hint, window.charset()) <= window.cols()) pieces.front().text += hint;
  int col = 0;
  for (const Figure& piece : pieces) col = window.put(2, col + piece.gap, piece.text, piece.role);
}

// One line for all: the run, how far, what is wrong. What is wrong is never what is cut.
std::string brief_header(const Frame& frame, int cols, Charset charset) {
  const Snapshot& snapshot = frame.snapshot;
  std::string text;
  for (int fit = Everything; fit < Fits; ++fit) {
    const std::string name = printable(snapshot.run);
    text = fmt::format(" {}{} {}", fit < ShortWords ? "pooltop " : "",
                       fit < NoCounts ? name : cut_middle(name, std::max(8, cols / 4), charset), state_text(snapshot));
    text += " " + progress_text(snapshot, false, true);
    if (fit < NoRate) text += fmt::format(" {:.0f}/s", run_rate(frame.state, snapshot));
    if (fit < NoEta && is_alive(snapshot.state) && snapshot.eta_s) text += " " + eta_of(frame);
    if (const std::string note = notice(frame, fit >= ShortWords); !note.empty()) text += " " + note;
    if (snapshot.items.failed > 0)
      text += fmt::format(" {}{}", fit < ShortWords ? "failed " : "x", count_text(snapshot.items.failed));
    if (!snapshot.problems.empty()) text += fmt::format("  {}!", snapshot.problems.size());
    if (cells_of(text, charset) <= cols) break;
  }
  return text;
}

}  // namespace

void draw_header(const Frame& frame, Window& window) {
  if (window.rows() < 3) {
    const bool paused = frame.snapshot.state == RunState::Paused || frame.state.frozen_since.has_value();
    const Role role = paused ? Role::HeaderPaused : Role::Header;
    window.clear(0, 0, window.cols(), role);
    window.put(0, 0, brief_header(frame, window.cols(), window.charset()), role);
    return;
  }
  draw_top(frame, window);
  draw_progress(frame, window);
  draw_counts(frame, window);
}

void draw_tiny(const Frame& frame, Window& window) {
  const Snapshot& snapshot = frame.snapshot;
  if (frame.layout.density == Density::Line) {
    const auto percent = percent_done(snapshot);
    std::string text = percent ? fmt::format("{}%", *percent) : fmt::format("{}", snapshot.items.done);
    text += fmt::format(" {:.0f}/s", run_rate(frame.state, snapshot));
    if (!snapshot.problems.empty()) text += fmt::format(" {}!", snapshot.problems.size());
    if (!is_alive(snapshot.state)) text = std::string(name_of(snapshot.state)) + " " + text;
    window.put(0, 0, text, Role::Header);
    return;
  }
  window.put(0, 0, brief_header(frame, window.cols(), window.charset()), Role::Header);
  int row = 1;
  if (const auto& message = frame.state.message)
    window.put(row++, 0, " " + printable(message->text), message->is_error ? Role::Warning : Role::Text);
  for (const Problem& problem : snapshot.problems) {
    const bool error = problem.severity == "error";
    window.line_stands_for(row, ProblemTarget{problem});
    window.put(row++, 0,
               fmt::format(" {} {}: {}", error ? "x" : "!", printable(problem.stage), printable(problem.text)),
               error ? Role::Error : Role::Warning);
    if (row >= window.rows()) return;
  }
  if (snapshot.problems.empty() && row < window.rows())
    window.put(row, 0, fmt::format(" failed {}  no problems", snapshot.items.failed), Role::Dim);
}

}  // namespace pooltop
