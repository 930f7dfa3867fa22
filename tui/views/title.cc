// SPDX-License-Identifier: MIT
#include "tui/views/title.h"

#include <fmt/format.h>

#include <optional>

#include "engine/base/text.h"
#include "tui/state/rows.h"
#include "tui/views/text_fit.h"

namespace pooltop {
namespace {

constexpr int kTitleName = 60;  // cells that a run's name takes at most

}  // namespace

std::string terminal_title(const Snapshot& snapshot, Charset charset) {
  if (snapshot.run.empty()) return {};
  const bool goes_on = is_alive(snapshot.state) && snapshot.state != RunState::Paused;
  const auto percent = goes_on ? percent_done(snapshot) : std::nullopt;
  const std::string name = cut_middle(printable(snapshot.run), kTitleName, charset);
  const std::string text =
      fmt::format("pooltop {} {}", name, percent ? fmt::format("{}%", *percent) : std::string(name_of(snapshot.state)));
  std::string out;
  for (std::string_view rest = text; !rest.empty();) out += take_character(rest, charset).bytes;
  return out;
}

}  // namespace pooltop
