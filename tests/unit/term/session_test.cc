// SPDX-License-Identifier: MIT
// The terminal's session on a pseudo-terminal, in a process of its own: what reaches the terminal, and what it is left
// as.
#include "tui/term/session.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/unit/term/on_terminal.h"

namespace pooltop {
namespace {

bool has(const Shown& shown, std::string_view text) { return shown.output.find(text) != std::string::npos; }

int draw_hello(ColorMode mode) {
  Session session(mode);
  session.begin_frame();
  session.window().put(0, 0, "hello", Role::Error);
  session.end_frame();
  return 0;
}

}  // namespace

TEST_CASE("term: a frame in which nothing changed sends not a byte") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    for (int i = 0; i < 5; ++i) {
      session.begin_frame();
      session.window().put(0, 0, "hello", Role::Error);
      session.end_frame();
    }
    return 0;
  });
  const auto first = shown.output.find("\033[?2026h");
  CHECK(first != std::string::npos);
  CHECK(shown.output.find("\033[?2026h", first + 1) == std::string::npos);
}

TEST_CASE("request 17: a refresh sends the cells that differ, in one piece between brackets") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    for (int frame = 0; frame < 2; ++frame) {
      session.begin_frame();
      for (int row = 0; row < 24; ++row)
        session.window().put(row, 0, "a row of a table that stays as it was, but for one figure:");
      session.window().put(11, 60, frame == 0 ? "41.0/s" : "42.7/s", Role::Warning);
      session.end_frame();
    }
    return 0;
  });
  const std::string begin = "\033[?2026h";
  const std::string end = "\033[?2026l";
  const auto second = shown.output.find(begin, shown.output.find(end));
  REQUIRE(second != std::string::npos);
  const auto size = shown.output.find(end, second) - second;
  CHECK(size < 60);
  CHECK(shown.output.substr(second, size).find("2.7") != std::string::npos);
}

TEST_CASE("term: a terminal that takes nothing holds up no frame; what it missed follows when it goes on") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    session.begin_frame();
    session.end_frame();
    ::tcflow(STDOUT_FILENO, TCOOFF);
    session.begin_frame();
    session.window().put(0, 0, "missed", Role::Text);
    session.end_frame();  // would wait for ever
    if (session.flush() || !session.wants_write()) return 1;
    ::tcflow(STDOUT_FILENO, TCOON);
    pollfd terminal{session.fd(), POLLOUT, 0};
    ::poll(&terminal, 1, 10'000);
    return session.flush() && !session.wants_write() ? 0 : 2;
  });
  CHECK(WEXITSTATUS(shown.status) == 0);
  CHECK(has(shown, "missed"));
}

TEST_CASE("term: a session on a terminal that takes nothing can still be left") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    ::tcflow(STDOUT_FILENO, TCOOFF);
    session.begin_frame();
    session.window().put(0, 0, "missed", Role::Text);
    session.end_frame();
    return 0;
  });
  CHECK(WEXITSTATUS(shown.status) == 0);
  CHECK(shown.same_modes);
}

TEST_CASE("term: a session takes the alternate screen and gives everything back at its end") {
  const Shown shown = on_terminal("xterm-256color", "", [] { return draw_hello(ColorMode::Auto); });
  CHECK(WEXITSTATUS(shown.status) == 0);
  CHECK(has(shown, "\033[?1049h"));
  CHECK(has(shown, "hello"));
  CHECK(shown.output.rfind("\033[?1049l") > shown.output.find("hello"));
  CHECK(has(shown, "\033[?25h"));
  CHECK(shown.same_modes);
}

TEST_CASE("term: GNU screen, which may keep no screen for the shell, is left empty") {
  const std::string erased = "\033[J";
  const auto after_hello = [&](bool in_screen) {
    const Shown shown = on_terminal("screen-256color", "", [=] {
      if (in_screen) ::setenv("STY", "1.pts", 1);
      return draw_hello(ColorMode::Auto);
    });
    CHECK(shown.same_modes);
    return shown.output.substr(shown.output.find("hello"));
  };

  CHECK(after_hello(true).find(erased) != std::string::npos);
  CHECK(after_hello(false).find(erased) == std::string::npos);
}

TEST_CASE("term: a process that crashes gives the terminal back and dies of what it had") {
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
    const Shown shown = on_terminal("xterm-256color", "", [signal] {
      Session session(ColorMode::Auto);
      session.begin_frame();
      session.end_frame();
      return ::raise(signal);
    });
    CHECK(WIFSIGNALED(shown.status));
    CHECK(WTERMSIG(shown.status) == signal);
    CHECK(shown.output.rfind("\033[?1049l") != std::string::npos);
    CHECK(shown.same_modes);
  }
}

TEST_CASE("term: colours only where they are wanted") {
  CHECK(has(on_terminal("xterm-256color", "", [] { return draw_hello(ColorMode::Auto); }), "[31m"));
  CHECK_FALSE(has(on_terminal("xterm-256color", "", [] { return draw_hello(ColorMode::Never); }), "[31m"));
  CHECK_FALSE(has(on_terminal("vt100", "", [] { return draw_hello(ColorMode::Always); }), "[31m"));
}

TEST_CASE("term: another theme is drawn from the next frame on, where there are colours") {
  const auto shown = [](ColorMode mode, Theme first, Theme then) {
    return on_terminal("xterm-256color", "", [=] {
      Session session(SessionOptions{.color = mode, .theme = first, .title = false});
      for (const Theme theme : {first, then}) {
        session.use_theme(theme);
        session.begin_frame();
        session.window().put(0, 0, "hello", Role::Good);
        session.end_frame();
      }
      return session.why_no_colors().empty() ? 0 : 1;
    });
  };

  const Shown changed = shown(ColorMode::Auto, Theme::Standard, Theme::Cb);
  CHECK(changed.output.find("[32m") < changed.output.find("[34m"));
  CHECK(has(shown(ColorMode::Auto, Theme::Mono, Theme::Standard), "[32m"));
  CHECK_FALSE(has(shown(ColorMode::Auto, Theme::Mono, Theme::Mono), "[32m"));
  const Shown never = shown(ColorMode::Never, Theme::Standard, Theme::Cb);
  CHECK_FALSE(has(never, "[32m"));
  CHECK_FALSE(has(never, "[34m"));
  CHECK(WEXITSTATUS(never.status) == 1);
}

TEST_CASE("term: keys are read in every form that terminals send them, Esc alone too") {
  const std::string typed = "\033[A\033OB\033[5~kK\r\t\033[Z \003\xc3\xbc\033";
  const Shown shown = on_terminal("xterm-256color", typed, [] {
    Session session(ColorMode::Auto);
    session.begin_frame();
    session.window().put(0, 0, "ready");
    session.end_frame();
    for (const Key key : {kKeyUp, kKeyDown, kKeyPageUp, Key{U'k'}, Key{U'K'}, kKeyEnter, kKeyTab, kKeyBackTab,
                          kKeySpace, ctrl('C'), Key{U'ü'}, kKeyEsc})
      if (wait_key(session) != key) return 1;
    return 0;
  });
  CHECK(WEXITSTATUS(shown.status) == 0);
}

TEST_CASE("term: the terminal's size is the window's, and is followed") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    if (session.window().rows() != 24 || session.window().cols() != 80) return 1;
    for (const auto& [rows, cols] : {std::pair<unsigned short, unsigned short>{1, 1}, {70, 200}, {10, 40}}) {
      const winsize size{rows, cols, 0, 0};
      ::ioctl(STDOUT_FILENO, TIOCSWINSZ, &size);
      session.resize();
      if (session.window().rows() != rows || session.window().cols() != cols) return 2;
      session.begin_frame();
      session.window().put(rows - 1, cols - 1, "x");
      session.end_frame();
    }
    const winsize none{0, 0, 0, 0};
    ::ioctl(STDOUT_FILENO, TIOCSWINSZ, &none);
    session.resize();
    return session.window().rows() == 10 ? 0 : 3;
  });
  CHECK(WEXITSTATUS(shown.status) == 0);
}

TEST_CASE("term: the last column of a terminal that says it wraps there at once is left alone") {
  const auto cols = [](const char* term) {
    return WEXITSTATUS(on_terminal(term, "", [] { return Session(ColorMode::Auto).window().cols(); }).status);
  };
  CHECK(cols("ansi") == 79);
  CHECK(cols("vt100") == 80);
}

TEST_CASE("term: while it is suspended the terminal is as before, then the screen comes back") {
  const Shown shown = on_terminal("xterm-256color", "", [] {
    Session session(ColorMode::Auto);
    session.suspend();
    termios modes{};
    ::tcgetattr(STDIN_FILENO, &modes);
    if ((modes.c_lflag & ICANON) == 0 || (modes.c_lflag & ECHO) == 0) return 1;
    session.resume();
    ::tcgetattr(STDIN_FILENO, &modes);
    return (modes.c_lflag & ICANON) != 0 ? 2 : 0;
  });
  CHECK(WEXITSTATUS(shown.status) == 0);
  CHECK(shown.same_modes);
}

TEST_CASE("term: the terminal's title is kept, set when it changes, and given back") {
  const auto shown = [](const char* term, bool may) {
    return on_terminal(term, "",
                       [may] {
                         Session session(SessionOptions{.color = ColorMode::Auto, .title = may});
                         for (const char* title : {"pooltop crawl 1%", "pooltop crawl 1%", "pooltop crawl 2%"})
                           session.set_title(title);
                         session.suspend();
                         session.resume();
                         return 0;
                       })
        .output;
  };
  const auto count = [](const std::string& all, std::string_view text) {
    int found = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
    return found;
  };

  const std::string set = shown("xterm-256color", true);
  CHECK(count(set, "\033]2;pooltop crawl 1%\033\\") == 1);
  CHECK(count(set, "\033]2;pooltop crawl 2%\033\\") == 2);  // anew after it was suspended
  CHECK(count(set, "\033[22;2t") == 2);
  CHECK(count(set, "\033[23;2t") == 2);
  CHECK(set.find("\033[22;2t") < set.find("\033]2;"));
  for (const std::string& none : {shown("vt100", true), shown("linux", true), shown("xterm-256color", false)}) {
    CHECK(count(none, "pooltop") == 0);
    CHECK(count(none, ";2t") == 0);
  }
}

TEST_CASE("term: a process that crashes gives a title back only if it had set one") {
  for (const bool may : {true, false}) {
    const Shown shown = on_terminal("xterm-256color", "", [may] {
      Session session(SessionOptions{.color = ColorMode::Auto, .title = may});
      session.set_title("pooltop crawl 1%");
      static_cast<void>(session.flush());
      return ::raise(SIGSEGV);
    });
    CHECK(has(shown, "\033[23;2t") == may);
  }
}

TEST_CASE("term: what cannot show a screen says why") {
  const auto why = [](const char* term) {
    return on_terminal(term, "", [] {
      const auto reason = why_no_terminal();
      return !reason ? 0 : reason->find("TERM") != std::string::npos ? 1 : 2;
    });
  };
  CHECK(WEXITSTATUS(why("xterm-256color").status) == 0);
  CHECK(WEXITSTATUS(why("vt100").status) == 0);
  CHECK(WEXITSTATUS(why("dumb").status) == 1);
  CHECK(WEXITSTATUS(why("no-such-terminal").status) == 1);
  CHECK(WEXITSTATUS(why("").status) == 1);
  const Shown piped = on_terminal("xterm", "", [] {
    ::close(STDIN_FILENO);
    ::open("/dev/null", O_RDONLY);
    return why_no_terminal() == "stdin is no terminal" ? 0 : 1;
  });
  CHECK(WEXITSTATUS(piped.status) == 0);
}

}  // namespace pooltop
