// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/state/crawl.h"

namespace pooltop {

TEST_CASE("state: C goes from theme to theme, and says that there is none where there are no colours") {
  Driven ui;
  for (const Theme theme : {Theme::Light, Theme::Cb, Theme::Mono, Theme::Standard}) {
    ui.key(U'C');
    CHECK(ui.state.theme == theme);
    CHECK(ui.said().starts_with(fmt::format("theme {}: ", name_of(theme))));
  }
  CHECK(ui.sent.empty());

  ui.state.no_colors = "this terminal has no colours";
  ui.state.theme = Theme::Mono;
  ui.key(U'C');
  CHECK(ui.state.theme == Theme::Mono);
  CHECK(ui.said() == "this terminal has no colours");
}

}  // namespace pooltop
