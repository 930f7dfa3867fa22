// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

// The "tail" requests of one event.
std::vector<std::string> asks(Driven& ui, const Event& event) {
  std::vector<std::string> texts;
  Outcome out = next(std::move(ui.state), event, ui.run, ui.now);
  ui.state = std::move(out.state);
  for (const ControlRequest& request : out.requests)
    if (request.command == "tail") texts.push_back(text_of(request));
  return texts;
}

Answered lines(const UiState& state, int count, const std::string& cursor) {
  Answered answer{state.output.asked, {}, {}, cursor};
  for (int i = 0; i < count; ++i) answer.lines.push_back({"", 9000, "fetch", "out", std::to_string(i)});
  return answer;
}

}  // namespace

TEST_CASE("state: output is asked for as the cursor goes, once at a time, from where the last answer ended") {
  Driven ui;
  ui.event(lines(ui.state, 0, "a1"));
  ui.now += kSecond;
  CHECK(asks(ui, Ticked{}) == std::vector<std::string>{"tail stage=fetch lines=500 cursor=a1"});
  ui.now += kSecond;
  CHECK(asks(ui, Ticked{}).empty());
  CHECK(asks(ui, KeyPressed{kKeyEnter}) == std::vector<std::string>{"tail pid=101 lines=500"});
}

TEST_CASE("state: no output is asked for where none is shown") {
  Driven ui;
  ui.event(Resized{10, 40});
  ui.now += 10 * kSecond;
  CHECK(asks(ui, Ticked{}).empty());
}

TEST_CASE("state: scrolling up ends following and counts what is new; G follows again") {
  Driven ui;
  ui.key(U'o');
  ui.event(lines(ui.state, 0, "1"));
  ui.event(lines(ui.state, 100, "1"));  // the whole screen asks for more
  CHECK(ui.state.output.view.follow);

  ui.key(U'k');
  CHECK_FALSE(ui.state.output.view.follow);
  const OutputPlace top = ui.state.output.view.top;
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(lines(ui.state, 37, "2"));
  CHECK(ui.state.output.fresh == 37);
  CHECK(ui.state.output.view.top == top);

  ui.key(U'G');
  CHECK(ui.state.output.view.follow);
  CHECK(ui.state.output.fresh == 0);
}

TEST_CASE("state: at most ten thousand lines of output are kept, the newest") {
  Driven ui;
  ui.event(lines(ui.state, 9'999, "1"));
  ui.now += kSecond;
  ui.event(Ticked{});
  ui.event(lines(ui.state, 100, "2"));
  CHECK(ui.state.output.lines.size() == 10'000);
  CHECK(ui.state.output.lines.back().text == "99");
}

TEST_CASE("state: a refusal of output is shown in its pane, not as a message") {
  Driven ui;
  ui.event(Answered{ui.state.output.asked, "no logs (not_possible)", {}, {}});
  CHECK(ui.state.output.refused == "no logs (not_possible)");
  CHECK(ui.said().empty());
}

}  // namespace pooltop
