// SPDX-License-Identifier: MIT
#include "tui/views/title.h"

#include <doctest/doctest.h>

#include <clocale>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("views: the terminal's title is the run and how far it is, or its state where that says more") {
  Snapshot run = crawl_run();
  CHECK(terminal_title(run, Charset::Utf8) == "pooltop crawl 41%");
  run.state = RunState::Paused;
  CHECK(terminal_title(run, Charset::Utf8) == "pooltop crawl paused");
  run.state = RunState::Done;
  CHECK(terminal_title(run, Charset::Utf8) == "pooltop crawl done");
  run.state = RunState::Running;
  run.items.total.reset();
  CHECK(terminal_title(run, Charset::Utf8) == "pooltop crawl running");
  CHECK(terminal_title(Snapshot{}, Charset::Utf8).empty());
}

TEST_CASE("views: whatever a run is called, its title has no control characters, and an end") {
  std::setlocale(LC_ALL, "C.UTF-8");
  Snapshot run = crawl_run();
  run.run = "a\033]2;b\a\033\\\x9c\xc2\x9c\u202e\xff c";
  for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
    const std::string title = terminal_title(run, charset);
    for (const char c : title) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    CHECK(title.find("\xc2\x9c") == std::string::npos);
    CHECK(title.starts_with("pooltop a\\x1b]2;b"));
  }
  run.run = "日本" + std::string(1000, 'x');
  CHECK(terminal_title(run, Charset::Utf8).starts_with("pooltop 日本"));
  CHECK(terminal_title(run, Charset::Ascii).starts_with("pooltop ??xxx"));
  CHECK(terminal_title(run, Charset::Utf8).size() < 100);
}

}  // namespace pooltop
