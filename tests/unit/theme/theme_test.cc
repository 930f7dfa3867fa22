// SPDX-License-Identifier: MIT
#include "tui/theme/theme.h"

#include <doctest/doctest.h>

#include "tui/theme/glyphs.h"

namespace pooltop {

TEST_CASE("theme: mono has no colour in any role, and tells errors, warnings and the cursor from text") {
  for (std::size_t i = 0; i < kRoles; ++i) CHECK(style_of(Theme::Mono, static_cast<Role>(i)).color == Color::Default);
  for (const Role role : {Role::Error, Role::Warning, Role::Selected, Role::DialogFocus, Role::HeaderPaused})
    CHECK(style_of(Theme::Mono, role) != style_of(Theme::Mono, Role::Text));
}

TEST_CASE("theme: cb uses neither red nor green") {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const Color color = style_of(Theme::Cb, static_cast<Role>(i)).color;
    CHECK(color != Color::Red);
    CHECK(color != Color::Green);
  }
}

TEST_CASE("theme: light draws nothing in yellow, cyan or white, which nobody can read on white") {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const Color color = style_of(Theme::Light, static_cast<Role>(i)).color;
    CHECK(color != Color::Yellow);
    CHECK(color != Color::Cyan);
    CHECK(color != Color::White);
  }
  CHECK(style_of(Theme::Light, Role::Warning) != style_of(Theme::Light, Role::Error));
}

TEST_CASE("theme: a terminal that says its background is light gets the light theme, others the default") {
  for (const char* light : {"0;15", "0;default;15", "0;7", "8;9"}) CHECK(theme_for(light) == Theme::Light);
  for (const char* other : {"15;0", "15;default;0", "7;8", "0;default", "15", "", "0;150", "0;1x"})
    CHECK(theme_for(other) == Theme::Standard);
  CHECK(theme_for(nullptr) == Theme::Standard);
}

TEST_CASE("theme: NO_COLOR, never and a terminal without colours give mono; an empty NO_COLOR does not") {
  CHECK(choose_theme(ColorMode::Auto, nullptr, 256) == Theme::Standard);
  CHECK(choose_theme(ColorMode::Auto, "", 8) == Theme::Standard);
  CHECK(choose_theme(ColorMode::Auto, "1", 256) == Theme::Mono);
  CHECK(choose_theme(ColorMode::Always, "1", 256) == Theme::Standard);
  CHECK(choose_theme(ColorMode::Never, nullptr, 256) == Theme::Mono);
  CHECK(choose_theme(ColorMode::Always, nullptr, 0) == Theme::Mono);
  CHECK(choose_theme(ColorMode::Auto, nullptr, 8, Theme::Cb) == Theme::Cb);
  CHECK(choose_theme(ColorMode::Never, nullptr, 8, Theme::Cb) == Theme::Mono);
}

TEST_CASE("theme: themes have names, and one after the other comes") {
  for (const Theme theme : {Theme::Standard, Theme::Light, Theme::Cb, Theme::Mono})
    CHECK(theme_named(name_of(theme)) == theme);
  CHECK(theme_named("Default") == std::nullopt);
  CHECK(next_theme(Theme::Standard) == Theme::Light);
  CHECK(next_theme(Theme::Light) == Theme::Cb);
  CHECK(next_theme(Theme::Cb) == Theme::Mono);
  CHECK(next_theme(Theme::Mono) == Theme::Standard);
}

TEST_CASE("theme: color modes are read by their names only") {
  CHECK(color_mode_named("auto") == ColorMode::Auto);
  CHECK(color_mode_named("always") == ColorMode::Always);
  CHECK(color_mode_named("never") == ColorMode::Never);
  CHECK(color_mode_named("Always") == std::nullopt);
  CHECK(color_mode_named("") == std::nullopt);
}

TEST_CASE("theme: UTF-8 is drawn only where locale and terminal can show it") {
  CHECK(choose_charset("UTF-8", "xterm-256color") == Charset::Utf8);
  CHECK(choose_charset("ANSI_X3.4-1968", "xterm-256color") == Charset::Ascii);
  CHECK(choose_charset("ISO-8859-1", "xterm") == Charset::Ascii);
  CHECK(choose_charset("UTF-8", "linux") == Charset::Ascii);
  CHECK(choose_charset("UTF-8", "vt220") == Charset::Ascii);
  CHECK(choose_charset("UTF-8", "vte-256color") == Charset::Utf8);
}

TEST_CASE("theme: a title is set where the one from before can be had back") {
  for (const char* name : {"xterm-256color", "tmux-256color", "screen-256color", "foot", "alacritty"})
    CHECK(gives_title_back(name, nullptr));
  for (const char* name : {"linux", "vt220", "rxvt-unicode-256color"}) CHECK_FALSE(gives_title_back(name, nullptr));
  CHECK_FALSE(gives_title_back("screen-256color", "1234.pts-0.host"));
}

TEST_CASE("theme: ASCII glyphs are ASCII") {
  const Glyphs& glyphs = glyphs_of(Charset::Ascii);
  for (const auto text : {glyphs.rule, glyphs.rule_focus, glyphs.vertical, glyphs.branch, glyphs.last_branch})
    CHECK(text.size() == 1);
  for (const auto text : glyphs.bar) CHECK(text.size() == 1);
  for (const auto text : glyphs.spark) CHECK(text.size() == 1);
}

}  // namespace pooltop
