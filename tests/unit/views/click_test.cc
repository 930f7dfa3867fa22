// SPDX-License-Identifier: MIT
// What is clicked is what one sees there: each screen, at three sizes.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <variant>

#include "tests/unit/state/settings_support.h"
#include "tests/unit/views/drawn.h"

namespace pooltop {
namespace {

struct Cells {
  int rows, cols;
};
constexpr Cells kSizes[] = {{24, 80}, {40, 120}, {10, 40}};

/// A monitor with the frame that was painted last.
class Clicked {
 public:
  explicit Clicked(Cells size, Charset charset = Charset::Ascii) : window_(size.rows, size.cols, charset) {
    ui.event(Resized{size.rows, size.cols, charset});
    paint();
  }
  void paint() {
    window_.forget_targets();
    for (int row = 0; row < window_.rows(); ++row) window_.clear(row, 0, window_.cols());
    draw_screen(ui.run, ui.state, window_);
    screen_ = ui.state.screen;
  }
  void keys(std::u32string_view all) {
    ui.keys(all);
    paint();
  }
  [[nodiscard]] MouseTarget at(int row, int col) const { return window_.target_at(row, col); }
  void click(int row, int col) { ui.event(MousePressed{{MouseButton::Left, row, col}, screen_, at(row, col)}); }
  /// On the first place of a text below `from`.
  void click_on(std::string_view text, int from = 0) {
    const auto [row, col] = place_of(text, from);
    INFO("clicks on ", std::string(text), " in\n", window_.text());
    REQUIRE(row >= 0);
    click(row, col);
  }
  [[nodiscard]] std::pair<int, int> place_of(std::string_view text, int from = 0) const {
    for (int row = from; row < window_.rows(); ++row)
      if (const auto col = window_.line(row).find(text); col != std::string::npos) return {row, static_cast<int>(col)};
    return {-1, -1};
  }
  [[nodiscard]] std::string line(int row) const { return window_.line(row); }
  [[nodiscard]] const GridWindow& window() const { return window_; }

  Driven ui;

 private:
  GridWindow window_;
  Screen screen_ = Screen::Pipeline;
};

}  // namespace

TEST_CASE("views: a click on a row of workers is about the worker whose PID stands there") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    screen.keys(U"2");
    int rows = 0;
    for (int row = 0; row < size.rows; ++row)
      for (int col = 0; col < size.cols; ++col) {
        const MouseTarget target = screen.at(row, col);
        const auto* worker = std::get_if<WorkerTarget>(&target);
        if (worker == nullptr) continue;
        rows += col == 0 ? 1 : 0;
        CHECK(has(screen.line(row), fmt::format("{}", worker->worker.pid)));
      }
    CHECK(rows == 6);
    screen.click_on(" 103 ");
    CHECK(screen.ui.at() == 103);
  }
}

TEST_CASE("views: a click on a row of stages or queues is about the stage whose name stands there") {
  for (const Cells size : kSizes)
    for (const std::u32string_view way : {U"1", U"3"}) {
      Clicked screen(size);
      screen.keys(way);
      screen.click_on("store");
      CHECK(screen.ui.state.stage == "store");
      CHECK(screen.ui.state.pane == Pane::Stages);
    }
}

TEST_CASE("views: a click on a column's name sorts by it, again the other way round") {
  for (const Cells size : {Cells{24, 80}, Cells{40, 120}}) {
    Clicked screen(size);
    screen.keys(U"2");
    const int row = screen.place_of("PID").first;
    int names = 0;
    for (const WorkerColumnRow& column : worker_columns()) {
      const auto at = (screen.line(row) + " ").find(fmt::format(" {} ", column.head));
      if (at == std::string::npos) continue;
      ++names;
      const int col = static_cast<int>(at) + 1;
      screen.click(row, col);
      CHECK(screen.ui.state.table.sort == column.column);
      CHECK_FALSE(screen.ui.state.table.inverted);
      screen.click(row, col + static_cast<int>(column.head.size()) - 1);
      CHECK(screen.ui.state.table.sort == column.column);
      CHECK(screen.ui.state.table.inverted);
    }
    CHECK(names >= 10);
  }
}

TEST_CASE("views: a click on a label of the key bar does that key; of two keys each its own") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    const int bar = size.rows - 1;
    screen.click_on("help", bar);
    CHECK(screen.ui.state.overlay == Overlay::Help);
  }
  Clicked screen({40, 120});
  screen.click_on("+/-", 39);
  screen.click_on("-", 39);
  REQUIRE(screen.ui.sent.size() == 2);
  CHECK(text_of(screen.ui.sent[0]) == "scale stage=fetch workers=5");
  CHECK(text_of(screen.ui.sent[1]) == "scale stage=fetch workers=4");
}

TEST_CASE("views: where only one of two keys is bound the label is that one's") {
  Clicked screen({40, 120});
  screen.ui.state.bindings.bind(Action::ScaleDown, {});
  screen.paint();
  screen.click_on("+ scale", 39);
  REQUIRE(screen.ui.sent.size() == 1);
  CHECK(text_of(screen.ui.sent[0]) == "scale stage=fetch workers=5");
}

TEST_CASE("views: a click on the word why says what limits the run") {
  Clicked screen({24, 80});
  screen.ui.run.limit = Limit{};
  screen.ui.run.limit->stage = "fetch";
  screen.ui.run.limit->text = "fetch limits";
  screen.ui.data();
  screen.paint();
  screen.click_on("v why");
  CHECK(screen.ui.state.overlay == Overlay::Why);
}

TEST_CASE("views: a click on Esc in a title goes back, or closes what is open") {
  for (const Cells size : {Cells{24, 80}, Cells{40, 120}}) {
    Clicked screen(size);
    for (const char32_t key : std::u32string_view(U"?v@")) {
      screen.keys(std::u32string(1, key));
      REQUIRE(screen.ui.state.overlay != Overlay::None);
      screen.click_on("Esc closes");
      CHECK(screen.ui.state.overlay == Overlay::None);
    }
    screen.keys(U"2\r");
    REQUIRE(screen.ui.state.screen == Screen::Detail);
    screen.click_on("Esc back");
    CHECK(screen.ui.state.screen == Screen::Workers);
  }
}

TEST_CASE("views: in a replay each of two keys in one label is its own") {
  Clicked screen({40, 120});
  screen.ui.state.replay.emplace();
  screen.paint();
  screen.click_on(",/.", 39);
  screen.click_on(". step", 39);
  REQUIRE(screen.ui.sent.size() == 2);
  CHECK(text_of(screen.ui.sent[0]) == "replay do=step by=-1");
  CHECK(text_of(screen.ui.sent[1]) == "replay do=step by=1");
}

TEST_CASE("views: every label of the key bar stands for a key, on every screen") {
  for (const Cells size : kSizes)
    for (const std::u32string_view way : {U"1", U"2", U"3", U"4", U"5", U"\r\r", U"\ri"}) {
      Clicked screen(size);
      screen.keys(way);
      screen.ui.state.message.reset();
      screen.paint();
      const std::string bar = screen.line(size.rows - 1);
      for (std::size_t col = 0; col < bar.size(); ++col)
        if (bar[col] != ' ') {
          INFO(bar, " at ", col);
          CHECK(std::holds_alternative<KeyTarget>(screen.at(size.rows - 1, static_cast<int>(col))));
        }
    }
}

TEST_CASE("views: in a dialog each choice stands for itself and all else for nothing") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    screen.keys(U"\rK");
    std::set<std::string> labels;
    for (int row = 0; row < size.rows; ++row)
      for (int col = 0; col < size.cols; ++col) {
        const MouseTarget target = screen.at(row, col);
        if (const auto* choice = std::get_if<ChoiceTarget>(&target))
          labels.insert(choice->choice.label);
        else
          CHECK(std::holds_alternative<std::monostate>(target));
      }
    CHECK(labels == std::set<std::string>{"Cancel", "TERM, KILL after 5s", "KILL now", "KILL + fail item"});
    screen.click_on("KILL now");
    screen.paint();
    screen.click_on("KILL now");
    REQUIRE(screen.ui.sent.size() == 1);
    CHECK(text_of(screen.ui.sent[0]).starts_with("kill pids=101 "));
  }
}

TEST_CASE("views: a click on a setting moves to it, a second one opens the line with its value") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    screen.keys(U"c");
    screen.ui.event(settings_answer(screen.ui.state));
    screen.paint();
    screen.click_on("retries");
    CHECK(screen.ui.state.settings.key == "retries");
    CHECK_FALSE(screen.ui.state.prompt.has_value());
    screen.paint();
    screen.click_on("retries");
    CHECK(screen.ui.state.prompt.has_value());
  }
}

TEST_CASE("views: a click on an entry of a menu chooses it") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    screen.keys(U"2s");
    screen.click_on("stage   name");
    REQUIRE(screen.ui.state.menu);
    CHECK(screen.ui.state.menu->entries[screen.ui.state.menu->at].id == "stage");
    screen.click(0, 0);
    REQUIRE(screen.ui.state.menu);
    CHECK(screen.ui.state.menu->entries[screen.ui.state.menu->at].id == "stage");
  }
  Clicked screen({24, 80});
  screen.keys(U":pause");
  screen.click_on("pause or resume the whole run");
  screen.paint();
  screen.click_on("pause or resume the whole run");
  REQUIRE(screen.ui.sent.size() == 1);
  CHECK(text_of(screen.ui.sent[0]) == "pause targets=");
}

TEST_CASE("views: a click on a pane, its title too, gives it the keys") {
  for (const Cells size : {Cells{24, 80}, Cells{40, 120}}) {
    Clicked screen(size);
    screen.click_on("[5] Output");
    CHECK(screen.ui.state.pane == Pane::Output);
    screen.click_on("[2] Workers");
    CHECK(screen.ui.state.pane == Pane::Workers);
    screen.click_on("[1] Pipeline");
    CHECK(screen.ui.state.pane == Pane::Stages);
  }
}

TEST_CASE("views: a click on an item in a queue or on the failed list is about that item") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    screen.keys(U"3");
    Peek peek{"fetch", 3, {{"7", "first", 5, 1}, {"8", "second", 6, 1}}};
    Answered answer{screen.ui.state.queue.asked, {}, {}, {}};
    answer.peek = peek;
    screen.ui.event(answer);
    screen.paint();
    screen.click_on("second");
    CHECK(screen.ui.state.queue.item == ItemKey{"fetch", "8"});
    CHECK(screen.ui.state.pane == Pane::Items);

    screen.keys(U"4");
    FailedRow row;
    row.now.state = "failed";
    FailedPage page{2, {}};
    for (const char* id : {"2411", "2790"}) {
      row.key = {"fetch", id};
      row.item = std::string("item-") + id;
      page.rows.push_back(row);
    }
    Answered failed{screen.ui.state.failed.failed.asked, {}, {}, {}};
    failed.page = page;
    screen.ui.event(failed);
    screen.paint();
    screen.click_on("item-2790");
    CHECK(screen.ui.state.failed.item == ItemKey{"fetch", "2790"});
    CHECK(screen.ui.state.failed.place == 1);
  }
}

TEST_CASE("views: a click on a line of output puts its cursor there, also on a wrapped one") {
  for (const Cells size : {Cells{24, 80}, Cells{40, 120}}) {
    Clicked screen(size);
    screen.keys(U"ow");
    Answered answer{screen.ui.state.output.asked, {}, {}, "1"};
    answer.lines = {{"2026-01-31T12:00:43.120Z", 101, "fetch", "out", "begin " + std::string(200, '.') + " end", 0},
                    {"2026-01-31T12:00:44.120Z", 101, "fetch", "out", "another", 0}};
    screen.ui.event(answer);
    screen.paint();
    screen.click_on(" end");
    CHECK(screen.ui.state.output.cursor_line() == screen.ui.state.output.first);
    screen.paint();
    screen.click_on("another");
    CHECK(screen.ui.state.output.cursor_line() == screen.ui.state.output.first + 1);
  }
}

TEST_CASE("views: a click on a problem's line goes to it") {
  Clicked screen({40, 120});
  screen.ui.run.problems = {{"warning", "store", std::nullopt, 3, "stands"}, {"error", "fetch", 103, 3, "too slow"}};
  screen.ui.data();
  screen.paint();
  screen.click_on("fetch 103: too slow");
  CHECK(screen.ui.at() == 103);
}

TEST_CASE("views: rows that change places between a frame and a click on it change nobody's identity") {
  Clicked screen({24, 80});
  screen.keys(U"2");
  const auto [row, col] = screen.place_of(" 103 ");
  std::reverse(screen.ui.run.workers.begin(), screen.ui.run.workers.end());
  for (WorkerStatus& worker : screen.ui.run.workers) worker.slot = 9 - worker.slot;
  screen.ui.data();
  screen.click(row, col);
  CHECK(screen.ui.at() == 103);
}

TEST_CASE("views: nothing outside of the window can be clicked") {
  for (const Cells size : kSizes) {
    Clicked screen(size);
    for (const auto& [row, col] : {std::pair{-1, 0}, {0, -1}, {size.rows, 0}, {0, size.cols}, {9999, 9999}})
      CHECK(std::holds_alternative<std::monostate>(screen.at(row, col)));
  }
}

}  // namespace pooltop
