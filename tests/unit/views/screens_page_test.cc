// SPDX-License-Identifier: MIT
// docs/screens.md: the golden screens as a page to look at. `POOLTOP_UPDATE_GOLDEN=1` writes it anew.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pooltop {
namespace {

const std::filesystem::path kSource = std::filesystem::path(__FILE__).parent_path() / "../../..";

struct Shown {
  const char* golden;
  const char* title;
  const char* how;
};

constexpr auto kShown = std::to_array<Shown>({
    {"pipeline", "Pipeline, with the workers of the stage", "`1`"},
    {"workers", "Workers", "`2`"},
    {"queues", "Queues, and the first items of one", "`3`"},
    {"failed", "Failed items, and those that are tried again", "`4`"},
    {"output", "Output", "`5`, or `o` on a worker or stage"},
    {"detail_look", "A worker", "`Enter` on it"},
    {"inspect_stack", "Stuck, or just slow?", "`i` on a worker, then `S`"},
    {"item", "An item's way", "`Enter` on an item"},
    {"problems", "Problems", "`e`"},
    {"why", "What limits the run", "`v`"},
    {"settings", "Settings of a stage", "`c`"},
    {"settings_diff", "What was changed, as a diff", "`d`"},
    {"kill", "Before a worker is killed", "`K`"},
    {"quit", "Before a run is left that was started here", "`q`"},
    {"palette", "Every action, by typing", "`:`"},
    {"help", "Help", "`?`"},
    {"ended", "The verdict", "when the run has ended"},
});

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string page() {
  std::string page =
      "# The monitor's screens\n\n"
      "Each at 80x24 and at 120x40, of one made-up run; [monitor.md](monitor.md) says what is on them. Made from "
      "`tests/tui/golden`, which a test compares with what is drawn.\n";
  for (const Shown& shown : kShown) {
    page += fmt::format("\n## {}\n\n{}\n", shown.title, shown.how);
    for (const char* size : {"80x24", "120x40"}) {
      const std::string text = text_of(kSource / fmt::format("tests/tui/golden/{}_{}_utf8.txt", shown.golden, size));
      REQUIRE_MESSAGE(!text.empty(), shown.golden, " at ", size);
      page += fmt::format("\n```\n{}```\n", text);
    }
  }
  return page;
}

}  // namespace

TEST_CASE("views: docs/screens.md shows every screen as it is drawn") {
  const auto path = kSource / "docs/screens.md";
  if (std::getenv("POOLTOP_UPDATE_GOLDEN")) std::ofstream(path) << page();
  CHECK_MESSAGE(text_of(path) == page(), "POOLTOP_UPDATE_GOLDEN=1 writes it anew");
}

}  // namespace pooltop
