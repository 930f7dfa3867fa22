// SPDX-License-Identifier: MIT
// The output as one reads it: searching, filtering, scrolling, copying.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <clocale>

#include "tests/unit/state/crawl.h"
#include "tui/state/output_page.h"

namespace pooltop {
namespace {

// The output's screen with `count` lines; every tenth is an error.
struct Reader : Driven {
  explicit Reader(int count = 100) {
    key(U'o');
    add(0);  // of the pane that was there before
    add(count);
  }
  void add(int count) {
    if (state.output.asked == 0) {
      now += kSecond;
      event(Ticked{});
    }
    Answered answer{state.output.asked, {}, {}, "1"};
    for (int i = 0; i < count; ++i, ++written_)
      answer.lines.push_back({"2026-01-31T12:00:43.120Z", 9000, "fetch", "out",
                              fmt::format("{} {}", written_ % 10 == 0 ? "Error" : "line", written_), 1});
    event(answer);
  }
  void type(std::u32string_view text) { keys(text); }
  [[nodiscard]] std::string at() const {
    const auto line = state.output.cursor_line();
    return line ? state.output.line(*line).text : "";
  }
  [[nodiscard]] std::string top() const { return state.output.line(OutputPage(state, run).top().line).text; }
  [[nodiscard]] bool follows() const { return state.output.view.follow; }
  [[nodiscard]] std::string copied() {
    Outcome out = next(state, KeyPressed{U'y'}, run, now);
    return out.effect == Effect::Copy ? out.text : "nothing";
  }

 private:
  int written_ = 0;
};

}  // namespace

TEST_CASE("state: a search takes effect as it is typed, Esc goes back to where one was") {
  Reader ui;
  ui.type(U"gjj");
  CHECK(ui.at() == "line 2");
  ui.type(U"/error 3");
  CHECK(ui.at() == "Error 30");
  ui.key(kKeyEsc);
  CHECK(ui.at() == "line 2");
  CHECK(ui.state.output.words == OutputWords{});
}

TEST_CASE("state: n and N go from one line found to the next, and say so when they go over the end") {
  Reader ui;
  ui.type(U"g/error\r");
  CHECK(ui.at() == "Error 0");
  ui.key(U'n');
  CHECK(ui.at() == "Error 10");
  ui.type(U"NN");
  CHECK(ui.at() == "Error 90");
  CHECK(ui.said() == "the search went on at the last line");
  ui.key(U'n');
  CHECK(ui.at() == "Error 0");
  CHECK(ui.said() == "the search went on at the first line");
  ui.key(U'n');
  CHECK(ui.said().empty());
  CHECK(ui.state.output.found.size() == 10);
}

TEST_CASE("state: a search while following stays at the end if it finds something there, and new lines are searched") {
  Reader ui;
  ui.type(U"/error\r");
  CHECK(ui.follows());
  ui.add(50);
  CHECK(ui.follows());
  CHECK(ui.state.output.found.size() == 15);
  ui.key(U'N');
  CHECK(ui.at() == "Error 140");
  CHECK_FALSE(ui.follows());

  Reader other;
  other.type(U"/error 10\r");
  CHECK(other.at() == "Error 10");
  CHECK_FALSE(other.follows());
}

TEST_CASE("state: & keeps the lines that hold a text, with ! in front the others, for new lines too") {
  Reader ui;
  ui.type(U"&error\r");
  CHECK(ui.state.output.shown.size() == 10);
  ui.add(10);
  CHECK(ui.state.output.shown.size() == 11);
  ui.key(U'&');
  CHECK(ui.state.prompt->line.text == "error");
  ui.keys({&kKeyHome, 1});
  ui.type(U"!\r");
  CHECK(ui.state.output.shown.size() == 99);
  CHECK(ui.at() == "line 109");
}

TEST_CASE("state: Esc ends the search first, then the filter, then it leaves") {
  Reader ui;
  ui.type(U"&error\r/3\r");
  CHECK(ui.state.output.found.size() == 1);
  ui.key(kKeyEsc);
  CHECK(ui.state.output.words.search.empty());
  CHECK(ui.state.output.shown.size() == 10);
  ui.key(kKeyEsc);
  CHECK(ui.state.output.shown.size() == 100);
  CHECK(ui.state.screen == Screen::Output);
  ui.key(kKeyEsc);
  CHECK(ui.state.screen == Screen::Pipeline);
}

TEST_CASE("state: n looks again for what was looked for last, at another worker too") {
  Reader ui;
  ui.key(U'n');
  CHECK(ui.said() == "nothing is searched for: / begins");
  ui.type(U"g/error\r");
  ui.key(kKeyEsc);
  ui.key(U'n');
  CHECK(ui.at() == "Error 10");
}

TEST_CASE("state: what is scrolled to stays where it is when older lines are dropped") {
  Reader ui(10'000);
  for (int i = 0; i < 30; ++i) ui.key(U'k');
  const std::string at = ui.at();
  const std::string top = ui.top();
  ui.add(500);
  CHECK(ui.state.output.lines.size() == 10'000);
  CHECK(ui.at() == at);
  CHECK(ui.top() == top);
  CHECK(ui.state.output.fresh == 500);
}

TEST_CASE("state: a wrapped line that is taller than the screen is scrolled through, down and up") {
  Reader ui(1);
  ui.add(30);
  Answered answer{0, {}, {}, "2"};
  ui.now += kSecond;
  ui.event(Ticked{});
  answer.id = ui.state.output.asked;
  answer.lines.push_back({"", 9000, "fetch", "out", std::string(4000, 'x'), 1});
  ui.event(answer);
  ui.add(1);
  ui.type(U"wg");
  const OutputPage page(ui.state, ui.run);
  CHECK(page.height(31) > page.rows());
  OutputPlace before;
  int rows = 0;
  for (; ui.at() != "line 31" && rows < 500; ++rows) {
    before = page.top();
    ui.key(U'j');
    CHECK(page.distance(before, page.top(), 10'000) < page.rows() + 1);
  }
  CHECK(rows < 500);
  for (; ui.at() != "Error 30" && rows < 1000; ++rows) ui.key(U'k');
  CHECK(rows < 1000);
}

TEST_CASE("state: wide characters wrap by the cells that they take") {
  std::setlocale(LC_ALL, "C.UTF-8");
  Reader ui(0);
  Answered answer{ui.state.output.asked, {}, {}, "2"};
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "字";
  ui.now += kSecond;
  ui.event(Ticked{});
  answer.id = ui.state.output.asked;
  answer.lines.push_back({"", 9000, "fetch", "out", wide, 1});
  ui.event(answer);
  ui.key(U'w');
  const OutputPage page(ui.state, ui.run);
  CHECK(page.height(0) == static_cast<std::size_t>((120 + page.width() - 1) / (page.width() / 2 * 2)));
}

TEST_CASE("state: y copies the line under the cursor, in a table the PID, on a stage its name") {
  Reader ui;
  CHECK(ui.copied() == "line 99");
  ui.key(U'g');
  CHECK(ui.copied() == "Error 0");
  Driven table;
  Outcome out = next(table.state, KeyPressed{U'y'}, table.run, table.now);
  CHECK(out.text == "fetch");
  table.key(kKeyEnter);
  out = next(table.state, KeyPressed{U'y'}, table.run, table.now);
  CHECK(out.effect == Effect::Copy);
  CHECK(out.text == "101");
}

TEST_CASE("state: Y copies what is shown, the newest 64 KiB of it, and says how much that is") {
  Reader ui;
  ui.type(U"&error\r");
  Outcome out = next(ui.state, KeyPressed{U'Y'}, ui.run, ui.now);
  CHECK(out.text.starts_with("12:00:43.120    9000 fetch.1 out  Error 0\n12:00:43.120"));
  CHECK(out.about == fmt::format("10 lines, {} bytes", out.text.size()));

  Reader many(9'000);
  out = next(many.state, KeyPressed{U'Y'}, many.run, many.now);
  CHECK(out.text.size() <= 65'536);
  CHECK(out.text.ends_with("line 8999\n"));
  CHECK(out.about.starts_with("the last "));
  CHECK(out.about.find(" of 9000 lines, ") != std::string::npos);

  ui.event(Copied{"84 bytes", {}});
  CHECK(ui.said() == "copied 84 bytes by OSC 52, if the terminal allows it");
  ui.event(Copied{"84 bytes", "TERM=linux has no clipboard"});
  CHECK(ui.state.message->is_error);
}

TEST_CASE("state: O gives the pager what is shown, with colours gone and in full") {
  Reader ui(3);
  Outcome out = next(ui.state, KeyPressed{U'O'}, ui.run, ui.now);
  CHECK(out.effect == Effect::Page);
  CHECK(out.text.ends_with("fetch.1 out  line 1\n12:00:43.120    9000 fetch.1 out  line 2\n"));
}

TEST_CASE("state: a goes from a worker to its stage to all stages and back") {
  Driven ui;
  ui.keys(U"\ro");
  CHECK(ui.state.output.pid == 101);
  ui.key(U'a');
  CHECK(ui.state.output.pid == 0);
  CHECK(ui.state.output.stage == "fetch");
  ui.key(U'a');
  CHECK(ui.state.output.stage.empty());
  ui.key(U'a');
  CHECK(ui.state.output.pid == 101);
}

TEST_CASE("state: the output's screen asks for all lines that are worth searching, its pane for the last ones") {
  Driven ui;
  const auto ask = [&](const Event& event) {
    std::string text;
    Outcome out = next(ui.state, event, ui.run, ui.now);
    ui.state = std::move(out.state);
    for (const ControlRequest& request : out.requests) text += text_of(request);
    return text;
  };
  ui.event(Answered{ui.state.output.asked, {}, {{"", 1, "fetch", "out", "old"}}, "a1"});
  ui.now += kSecond;
  CHECK(ask(KeyPressed{U'o'}) == "tail stage=fetch lines=10000");
  ui.event(
      Answered{ui.state.output.asked, {}, {{"", 1, "fetch", "out", "older"}, {"", 1, "fetch", "out", "old"}}, "a2"});
  CHECK(ui.state.output.lines.size() == 2);
  ui.now += kSecond;
  CHECK(ask(Ticked{}) == "tail stage=fetch lines=10000 cursor=a2");
}

TEST_CASE("state: no output comes into a frozen display") {
  Driven ui;
  ui.key(U'z');
  ui.event(Answered{ui.state.output.asked, {}, {}, "a1"});
  ui.now += 10 * kSecond;
  Outcome out = next(ui.state, Ticked{}, ui.run, ui.now);
  CHECK(out.requests.empty());
}

TEST_CASE("state: times are of the clock, since the run began, or none") {
  Reader ui(1);
  ui.run.started_at = "2026-01-31T11:59:00.000Z";
  const OutputLine& line = ui.state.output.lines.front();
  CHECK(time_text(line, OutputTimes::TimeOfDay, ui.run, 12) == "12:00:43.120");
  CHECK(time_text(line, OutputTimes::SinceStart, ui.run, 12) == " 0:01:43.120");
  CHECK(time_text(line, OutputTimes::SinceStart, ui.run, 8) == " 0:01:43");
  const int with = output_columns(ui.state, ui.run).text;
  ui.type(U"tt");
  CHECK(output_columns(ui.state, ui.run).text == with - 13);
}

}  // namespace pooltop
