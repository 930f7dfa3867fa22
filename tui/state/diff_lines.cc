// SPDX-License-Identifier: MIT
#include "tui/state/diff_lines.h"

#include <algorithm>
#include <string_view>

#include "engine/base/text.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr std::string_view kIndent = "  ";

void add_broken(const UiState& state, std::string_view text, Role role, std::vector<DiffLine>& out) {
  const int cells = std::max(1, state.cols - 2 - static_cast<int>(kIndent.size()));
  bool is_first = true;
  for (const std::string_view part : broken(text, cells, state.charset)) {
    out.push_back({(is_first ? "" : std::string(kIndent)) + std::string(part), role});
    is_first = false;
  }
}

Role role_in_diff(std::string_view line) {
  if (line.starts_with("+++") || line.starts_with("---")) return Role::Header;
  if (line.starts_with("@@")) return Role::Columns;
  if (line.starts_with("+")) return Role::Good;
  return line.starts_with("-") ? Role::Error : Role::Text;
}

}  // namespace

std::vector<DiffLine> diff_lines(const UiState& state) {
  const SettingsState& settings = state.settings;
  std::vector<DiffLine> out;
  if (!settings.no_diff.empty()) {
    add_broken(state, printable(settings.no_diff), Role::Error, out);
    return out;
  }
  if (!settings.diff) return {{"comparing ..", Role::Dim}};
  const ConfigDiff& diff = *settings.diff;
  for (const std::string& reason : diff.left_out)
    add_broken(state, "left out: " + printable(reason), Role::Warning, out);
  if (!diff.cannot_write.empty())
    add_broken(state, "cannot be written: " + printable(diff.cannot_write), Role::Warning, out);
  if (diff.lines.empty()) out.push_back({"nothing to change in the config", Role::Dim});
  for (const std::string& line : diff.lines) add_broken(state, printable(line), role_in_diff(line), out);
  return out;
}

}  // namespace pooltop
