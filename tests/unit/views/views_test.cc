// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <clocale>

#include "tests/unit/views/drawn.h"
#include "tui/views/figures.h"
#include "tui/views/summary.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

// The keys that lead to each screen, overlay, dialog, menu and line that is typed.
const std::vector<std::u32string_view> kWays = {U"",   U"\rjK",      U"?",   U"2",      U"o",    U"\r\r", U"q",
                                                U"@",  U"3",         U"4",   U"\r\r\r", U"ee",   U"v",    U":pa",
                                                U"2s", U"2/state:b", U"3\r", U"\ri",    U"5/GET"};

Driven led(std::u32string_view way) {
  Driven ui;
  ui.run.problems = {{"error", "store", std::nullopt, 1, "No space left on device; tried again every second"},
                     {"warning", "fetch", 103, 5, "32s on item 103, p99 is 0.9s"}};
  ui.data();
  ui.keys(way);
  return ui;
}

// Each size on another screen than the last.
void draw_every_width(int first_height, int last_height) {
  std::setlocale(LC_ALL, "C.UTF-8");
  std::vector<Driven> uis;
  for (const std::u32string_view way : kWays) uis.push_back(led(way));
  for (int rows = first_height; rows <= last_height; ++rows)
    for (int cols = 1; cols <= 200; ++cols) {
      Driven& ui = uis[static_cast<std::size_t>(rows * 7 + cols) % uis.size()];
      CHECK_FALSE(drawn(ui, rows, cols, (rows + cols) % 2 == 0 ? Charset::Ascii : Charset::Utf8).empty());
    }
}

}  // namespace

TEST_CASE("views: every width from 1 to 200 is drawn at heights from 1 to 20") { draw_every_width(1, 20); }
TEST_CASE("views: every width from 1 to 200 is drawn at heights from 21 to 40") { draw_every_width(21, 40); }
TEST_CASE("views: every width from 1 to 200 is drawn at heights from 41 to 56") { draw_every_width(41, 56); }
TEST_CASE("views: every width from 1 to 200 is drawn at heights from 57 to 70") { draw_every_width(57, 70); }

TEST_CASE(
    "views: at the sizes where the layout changes every screen, overlay and dialog is drawn, in both character sets") {
  std::setlocale(LC_ALL, "C.UTF-8");
  // All small sizes, and those around the sizes where the layout changes.
  const std::vector<int> many_rows = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                      15, 16, 17, 19, 20, 21, 24, 29, 30, 31, 40, 70};
  const std::vector<int> many_cols = {1,  2,  3,  4,  5,  6,  7,  8,  11, 15, 18,  19,  20,  21,  22,  30, 39,
                                      40, 41, 50, 59, 60, 61, 70, 79, 80, 81, 100, 119, 120, 121, 160, 200};
  for (const std::u32string_view way : kWays) {
    Driven ui = led(way);
    for (const int rows : many_rows)
      for (const int cols : many_cols)
        CHECK_FALSE(drawn(ui, rows, cols, cols % 2 == 0 ? Charset::Ascii : Charset::Utf8).empty());
  }
}

TEST_CASE("views: an empty run, and one with a thousand workers, are drawn") {
  Driven ui;
  ui.run = Snapshot{};
  ui.data();
  CHECK(has(drawn(ui, 24, 80), "STARTING"));
  Driven many;
  for (int i = 0; i < 1000; ++i) {
    WorkerStatus worker = many.run.workers[1];
    worker.pid = 4'000'000 + i;
    worker.slot = static_cast<std::uint32_t>(4 + i);
    many.run.workers.push_back(worker);
  }
  many.data();
  many.keys(U"\rG");
  CHECK(has(drawn(many, 40, 120), ">4000999"));
}

TEST_CASE("views: text from outside cannot reach the terminal as anything but text") {
  std::setlocale(LC_ALL, "C.UTF-8");
  Driven ui;
  const std::string evil =
      "\x1b]0;owned\x07\x1b[2J\r\n\xc2\x9b"
      "31m\xe2\x80\xae\xff";
  ui.run.run = evil;
  for (StageStatus& stage : ui.run.stages) stage.kind = evil;
  for (WorkerStatus& worker : ui.run.workers) worker.item = worker.item_id = evil;
  ui.run.problems = {{"error", evil, 101, 1, evil}};
  ui.data();
  ui.event(Answered{ui.state.output.asked, {}, {{evil, 101, evil, evil, evil}}, "1"});
  for (const auto& keys : {U"", U"\rK", U"\r", U"5", U"e"}) {
    ui.keys(keys);
    for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
      const std::string text = drawn(ui, 40, 120, charset);
      for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
      CHECK_FALSE(has(text, "\xc2\x9b"));
      CHECK_FALSE(has(text, "\xe2\x80\xae"));
    }
  }
  for (const std::string& line : summary_lines(ui.run, {evil, evil, false, evil}))
    for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("views: what goes wrong is said in words, not by colour alone") {
  Driven ui;
  ui.run.workers[1].item_elapsed_s = 99;
  ui.run.workers[2].state = WorkerState::Paused;
  ui.run.workers[3].state = WorkerState::Killed;
  ui.run.workers[3].item_id.reset();
  ui.run.workers[3].last_exit = ExitStatus{.exit = std::nullopt, .signal = 11, .cause = ""};
  ui.run.workers[4].state = WorkerState::Blocked;
  ui.run.stages[2].state = StageState::Failed;
  ui.run.stages[0].state = StageState::Paused;
  ui.data();
  const std::string text = drawn(ui, 24, 80);
  for (const std::string_view part :
       {"busy   !", "paused =", "killed x", "blocked%", "killed by SIGSEGV", "FAILED x", "PAUSED ="})
    CHECK_MESSAGE(has(text, part), part, "\n", text);
}

TEST_CASE("views: the stages of a branch stand in it, with the line of the branch that is still to come") {
  std::setlocale(LC_ALL, "C.UTF-8");
  Driven ui;
  const StageStatus middle = ui.run.stages[1];
  ui.run.stages.resize(1);
  const auto add = [&](std::string name, std::vector<std::string> from) {
    ui.run.stages.push_back(middle);
    ui.run.stages.back().name = std::move(name);
    ui.run.stages.back().from = std::move(from);
  };
  add("left", {"urls"});
  add("right", {"urls"});
  add("out1", {"left"});
  add("out2", {"right"});
  ui.data();
  const std::string text = drawn(ui, 24, 80, Charset::Ascii);
  std::size_t at = 0;
  for (const std::string_view row : {" o urls ", "|>left ", " |vout1 ", " `>right ", " v out2 "}) {
    at = text.find(row, at);
    CHECK_MESSAGE(at != std::string::npos, row, "\n", text);
  }
}

TEST_CASE("views: a stage where items wait and nobody takes them is STALLED") {
  Driven ui;
  StageStatus& stage = ui.run.stages[1];
  stage.busy = 0;
  stage.in_rate_per_s = 0;
  stage.queue->oldest_age_s = 30;
  CHECK(has(drawn(ui, 24, 80), "STALLED"));
}

TEST_CASE("views: old figures say that they are old") {
  Driven ui;
  ui.now += 5 * kSecond;
  ui.event(Ticked{});
  CHECK(has(drawn(ui, 24, 80), "NO DATA 5s"));
  ui.event(LinkChanged{Link::Lost});
  CHECK(has(drawn(ui, 24, 80), "NO CONNECTION, reconnecting"));
  ui.event(LinkChanged{Link::Up});
  ui.key(U'z');
  ui.now += 12 * kSecond;
  ui.event(Ticked{});
  CHECK(has(drawn(ui, 24, 100), "DISPLAY FROZEN 12s, run goes on (z)"));
}

TEST_CASE("views: a dialog never covers the row that it asks about") {
  for (const int rows : {16, 18, 24, 40}) {
    Driven ui;
    ui.event(Resized{rows, 80});
    ui.keys(U"\rGK");
    const std::string text = drawn(ui, rows, 80);
    CHECK_MESSAGE(has(text, ">    104"), text);
    CHECK(has(text, "Kill worker 104"));
  }
}

TEST_CASE("views: the key bar shows no action that a watching monitor does not have") {
  Driven ui;
  ui.key(kKeyEnter);  // to the workers
  ui.state.read_only = true;
  const std::string text = drawn(ui, 24, 120);
  CHECK_FALSE(has(text, "K kill"));
  CHECK(has(text, "? help"));
  ui.state.read_only = false;
  CHECK(has(drawn(ui, 24, 120), "K kill"));
}

TEST_CASE("views: wide characters take two cells, combining marks none, and half of one at an edge is a space") {
  std::setlocale(LC_ALL, "C.UTF-8");
  GridWindow window(2, 5, Charset::Utf8);
  window.put(0, 0, "日本語");
  window.put(1, 0, "e\xcc\x81x");
  CHECK(window.line(0) == "日本");
  CHECK(window.line(1) == "e\xcc\x81x");
  CHECK(cells_of("日本e\xcc\x81", Charset::Utf8) == 5);
  CHECK(cells_of("日", Charset::Ascii) == 1);
  CHECK(cut_end("日本", 3, Charset::Utf8) == "日");
  window.put(0, -1, "日z");
  CHECK(window.line(0) == " z本");
}

TEST_CASE("views: a long name loses its middle") {
  CHECK(cut_middle("example-0123456789.html", 14, Charset::Ascii) == "examp...9.html");
  CHECK(cut_middle("short", 14, Charset::Ascii) == "short");
  CHECK(cut_middle("abcdefghij", 4, Charset::Ascii) == "abcd");
  CHECK(cut_middle("abc", 0, Charset::Ascii).empty());
}

TEST_CASE("views: text is broken at spaces, a word that is too long anywhere") {
  CHECK(wrap("one two three", 8, 9, Charset::Ascii) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("abcdefghij", 4, 9, Charset::Ascii) == std::vector<std::string>{"abcd", "efgh", "ij"});
  CHECK(wrap("a b c d", 3, 1, Charset::Ascii).size() == 1);
  CHECK(wrap("", 3, 5, Charset::Ascii).empty());
}

TEST_CASE("views: a bar is full only when the queue is, and shows something as soon as it is not empty") {
  const Glyphs& ascii = glyphs_of(Charset::Ascii);
  CHECK(bar_text(0, 256, 8, ascii) == "--------");
  CHECK(bar_text(1, 256, 8, ascii) == "#-------");
  CHECK(bar_text(255, 256, 8, ascii) == "#######-");
  CHECK(bar_text(256, 256, 8, ascii) == "########");
  CHECK(bar_text(300, 256, 8, ascii) == "########");
  CHECK(bar_text(1, 0, 2, ascii) == "--");
  CHECK(bar_text(1, 1000000, 3, glyphs_of(Charset::Utf8)) == "▏  ");
  CHECK(bar_text(128, 256, 3, glyphs_of(Charset::Utf8)) == "█▌ ");
}

TEST_CASE("views: time shares always fill ten cells") {
  CHECK(share_text({0.8, 0, 0, 0.1, 0.1}) == "########=~");
  CHECK(share_text({1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0}).size() == 10);
  CHECK(share_text({0, 0, 0, 0, 0}) == "          ");
  CHECK(share_text({0, 1, 0, 0, 0}) == "..........");
}

TEST_CASE("views: figures keep to their widths") {
  for (const double value : {0.0, 0.04, 9.99, 99.96, 999.94, 999.96, 12345.6, 99999.6, 1e6, 5e7, 3e9, 1e15})
    CHECK_MESSAGE(rate_text(value).size() <= 5, rate_text(value));
  for (const std::uint64_t value : {0ULL, 99'999ULL, 100'000ULL, 9'999'999ULL, 123'456'789ULL, ~0ULL})
    CHECK_MESSAGE(count_text(value).size() <= 5, count_text(value));
  for (const std::uint64_t value : {0ULL, 9'999ULL, 10'000ULL, 999'999ULL, 1'000'000ULL, ~0ULL})
    CHECK_MESSAGE(short_count_text(value).size() <= 4, short_count_text(value));
  for (const double value : {0.0, 3.6, 99.4, 99.6, 5000.0, 90000.0, 1e7})
    CHECK_MESSAGE(brief_text(value).size() <= 3, brief_text(value));
  for (const double value : {0.0, 0.0001, 0.18, 0.9999, 3.21, 42.0})
    CHECK_MESSAGE(latency_text(value).size() <= 5, latency_text(value));
  CHECK(eta_text(149.0) == "~2m30s");
  CHECK(eta_text(std::nullopt) == "-");
}

TEST_CASE("summary: at most twelve lines, also of a run with many stages") {
  Snapshot run = crawl_run();
  run.state = RunState::Done;
  run.exit_status = 1;
  run.items.failed = 2;
  for (int i = 0; i < 30; ++i) run.stages.push_back(run.stages[1]);
  const auto lines = summary_lines(run, {"/failed.jsonl", "/results"});
  CHECK(lines.size() <= 12);
  CHECK(lines.front().starts_with("pooltop crawl: done, 2 of 100 failed"));
  CHECK(has(lines.front(), "exit 1"));
  CHECK(has(summary(run, {"/failed.jsonl", "/results"}), "and 26 stages more"));
}

TEST_CASE("summary: the first item that failed is named, and how many more there are") {
  Snapshot run = crawl_run();
  run.state = RunState::Done;
  run.exit_status = 1;
  run.items.failed = 3;
  const std::string text =
      summary(run, {"/failed.jsonl", "", false, "fetch #7 try 3 exit 56 after 1.1s: no\x1b[31m host  a"});
  CHECK(has(text, "  failed: fetch #7 try 3 exit 56 after 1.1s: no\\x1b[31m host  a   + 2 more\n"));
}

TEST_CASE("summary: a run that goes on is said to go on") {
  const std::string text = summary(crawl_run(), {});
  CHECK(has(text, "pooltop attach crawl"));
  CHECK(has(text, "running"));
}

}  // namespace pooltop
