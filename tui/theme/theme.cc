// SPDX-License-Identifier: MIT
#include "tui/theme/theme.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace pooltop {
namespace {

struct RoleRow {
  Role role;
  Style standard;
  Style mono;
};

constexpr Style plain(Color color) { return {.color = color}; }
constexpr Style bold(Color color) { return {.color = color, .bold = true}; }
constexpr Style kBold = {.bold = true};
constexpr Style kReverse = {.reverse = true};
constexpr Style kUnderline = {.underline = true};

constexpr auto kRows = std::to_array<RoleRow>({
    {Role::Text, {}, {}},
    {Role::Dim, {.dim = true}, {}},
    {Role::Header, kBold, kBold},
    {Role::HeaderPaused, {.bold = true, .reverse = true}, {.bold = true, .reverse = true}},
    {Role::Title, plain(Color::Cyan), {}},
    {Role::TitleFocus, bold(Color::Cyan), kBold},
    {Role::Columns, kUnderline, kUnderline},
    {Role::Selected, kReverse, kReverse},
    {Role::Marked, bold(Color::Magenta), kBold},
    {Role::Good, plain(Color::Green), {}},
    {Role::Busy, plain(Color::Green), {}},
    {Role::Waiting, {.dim = true}, {}},
    {Role::Blocked, plain(Color::Yellow), kUnderline},
    {Role::Paused, plain(Color::Cyan), kUnderline},
    {Role::Backoff, plain(Color::Magenta), kUnderline},
    {Role::Warning, bold(Color::Yellow), kBold},
    {Role::Error, bold(Color::Red), {.bold = true, .reverse = true}},
    {Role::BarFull, bold(Color::Yellow), kBold},
    {Role::BarPart, plain(Color::Green), {}},
    {Role::Graph, plain(Color::Green), {}},
    {Role::KeyName, kBold, kBold},
    {Role::Match, {.color = Color::Yellow, .reverse = true}, {.bold = true, .underline = true}},
    {Role::Message, {}, {}},
    {Role::Dialog, {}, {}},
    {Role::DialogFocus, {.bold = true, .reverse = true}, {.bold = true, .reverse = true}},
});
static_assert(
    [] {
      for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].role) != i) return false;
      return kRows.size() == kRoles;
    }(),
    "one row per Role, in the enum's order");

}  // namespace

std::string_view name_of(Theme theme) {
  switch (theme) {
    case Theme::Standard:
      return "default";
    case Theme::Mono:
      return "mono";
    case Theme::Cb:
      return "cb";
    case Theme::Light:
      return "light";
  }
  return "";
}

std::optional<Theme> theme_named(std::string_view name) {
  for (const Theme theme : {Theme::Standard, Theme::Light, Theme::Cb, Theme::Mono})
    if (name_of(theme) == name) return theme;
  return std::nullopt;
}

Theme next_theme(Theme theme) {
  switch (theme) {
    case Theme::Standard:
      return Theme::Light;
    case Theme::Light:
      return Theme::Cb;
    case Theme::Cb:
      return Theme::Mono;
    case Theme::Mono:
      break;
  }
  return Theme::Standard;
}

Style style_of(Theme theme, Role role) {
  const RoleRow& row = kRows[static_cast<std::size_t>(role)];
  if (theme == Theme::Mono) return row.mono;
  Style style = row.standard;
  if (theme == Theme::Cb) {  // green against red is what most colour-blind eyes cannot tell apart
    if (style.color == Color::Green) style.color = Color::Blue;
    if (style.color == Color::Red) style = {.color = Color::Yellow, .bold = true, .reverse = true};
  }
  if (theme == Theme::Light) {
    if (style.color == Color::Cyan || style.color == Color::Magenta) style.color = Color::Blue;
    if (style.color == Color::Yellow) style.color = Color::Magenta;
  }
  return style;
}

Theme theme_for(const char* color_fgbg) {
  const std::string_view text = color_fgbg ? color_fgbg : "";
  const std::string_view background = text.substr(text.rfind(';') + 1);
  // White, and the bright ones; 8 is a dark grey.
  const bool is_light =
      background == "7" || background == "9" || (background.size() == 2 && background >= "10" && background <= "15");
  return is_light && background.size() < text.size() ? Theme::Light : Theme::Standard;
}

std::optional<ColorMode> color_mode_named(std::string_view name) {
  if (name == "auto") return ColorMode::Auto;
  if (name == "always") return ColorMode::Always;
  if (name == "never") return ColorMode::Never;
  return std::nullopt;
}

Theme choose_theme(ColorMode mode, const char* no_color, int terminal_colors, Theme wanted) {
  const bool unwanted = mode == ColorMode::Never || (mode == ColorMode::Auto && no_color && *no_color);
  return unwanted || terminal_colors < 8 ? Theme::Mono : wanted;
}

}  // namespace pooltop
