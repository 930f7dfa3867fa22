// SPDX-License-Identifier: MIT
#include "tui/state/diff_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "engine/base/text.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr std::size_t kMostOfALine = 16 * 1024;  // it is broken anew at each frame

// The front part that fits, up to a space where one is near its end.
std::string_view front_of(std::string_view text, int cells, Charset charset) {
  std::string_view part = cut_end(text, cells, charset);
  if (part.empty()) part = text.substr(0, std::max<std::size_t>(utf8_length(text), 1));  // wider than there is room for
  const std::size_t space = part.rfind(' ');
  const bool breaks = part.size() < text.size() && space != std::string_view::npos && space > part.size() / 2;
  return breaks ? part.substr(0, space + 1) : part;
}

void add_broken(const UiState& state, std::string_view whole, Role role, std::vector<DiffLine>& out) {
  std::string_view text = whole.substr(0, kMostOfALine);
  const int cells = std::max(1, state.cols - 2 - static_cast<int>(kIndent.size()));
  std::string_view part = front_of(text, cells, state.charset);
  out.push_back({std::string(part), role});
  for (text.remove_prefix(part.size()); !text.empty(); text.remove_prefix(part.size())) {
    part = front_of(text, cells, state.charset);
    out.push_back({std::string(kIndent) + std::string(part), role});
  }
  if (whole.size() > kMostOfALine)
    out.push_back(
        {fmt::format("{}.. and {} bytes more: pooltop set --diff prints all", kIndent, whole.size() - kMostOfALine),
         Role::Dim});
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
