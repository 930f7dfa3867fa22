// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pooltop {

/// What a piece of text means on the screen; a theme says how that looks.
enum class Role : std::uint8_t {
  Text,
  Dim,           ///< less important, or a value that may be old
  Header,        ///< the run's line at the top
  HeaderPaused,  ///< the same while the whole run is paused or the display frozen
  Title,         ///< a pane's rule with its name
  TitleFocus,    ///< the same of the pane that takes the keys
  Columns,       ///< column names
  Selected,      ///< the row under the cursor in the pane that takes the keys
  Marked,
  Good,
  Busy,
  Waiting,
  Blocked,
  Paused,
  Backoff,
  Warning,
  Error,
  BarFull,  ///< a queue that is full
  BarPart,
  Graph,
  KeyName,  ///< a key's name in the key bar, help and dialogs
  Match,    ///< what was searched for, in the text where it was found
  Message,
  Dialog,
  DialogFocus,
};
inline constexpr std::size_t kRoles = static_cast<std::size_t>(Role::DialogFocus) + 1;

/// The eight colours that every colour terminal has, as in ANSI; Default is the terminal's own.
enum class Color : std::int8_t { Default = -1, Black, Red, Green, Yellow, Blue, Magenta, Cyan, White };

struct Style {
  Color color = Color::Default;
  bool bold = false;
  bool reverse = false;
  bool underline = false;
  bool dim = false;
  bool operator==(const Style&) const = default;
};

/// Standard: eight colours on the terminal's own background. Light: without yellow and cyan, which nobody can read on
/// white. Cb: blue and yellow instead of green and red. Mono: bold, reverse, underline only.
enum class Theme : std::uint8_t { Standard, Mono, Cb, Light };
enum class ColorMode : std::uint8_t { Auto, Always, Never };

/// "default", "light", "cb", "mono".
[[nodiscard]] std::string_view name_of(Theme theme);
[[nodiscard]] std::optional<Theme> theme_named(std::string_view name);
/// The one after it: default, light, cb, mono, and so on.
[[nodiscard]] Theme next_theme(Theme theme);
[[nodiscard]] Style style_of(Theme theme, Role role);

/// Light where the terminal says that its background is, else Standard.
///   color_fgbg  value of the environment's COLORFGBG ("0;15": its last field is the background), nullptr if unset
[[nodiscard]] Theme theme_for(const char* color_fgbg);

/// "auto", "always", "never"; nullopt for anything else.
[[nodiscard]] std::optional<ColorMode> color_mode_named(std::string_view name);

/// Mono where colours are unwanted (Never; Auto with NO_COLOR set and not empty) or not there, else the one that is
/// wanted.
///   no_color         value of the environment's NO_COLOR, nullptr if unset
///   terminal_colors  how many colours the terminal has; Always needs 8 of them too, for curses can draw no others
[[nodiscard]] Theme choose_theme(ColorMode mode, const char* no_color, int terminal_colors,
                                 Theme wanted = Theme::Standard);

}  // namespace pooltop
