// SPDX-License-Identifier: MIT
// What the mouse sends, on a pseudo-terminal: what becomes of it, and that none of it becomes a key.
#include "tui/term/keyboard.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/term/on_terminal.h"
#include "tui/term/session.h"

namespace pooltop {
namespace {

struct Wanted {
  Key key = kNoKey;
  std::optional<MouseInput> mouse = {};
  std::u32string pasted = {};
};

Wanted left(int row, int col) { return {.key = kKeyMouse, .mouse = MouseInput{MouseButton::Left, row, col}}; }

// The exit status of a session that reads just that, then `q`: 0, or which of them was another one.
int reads(const std::string& typed, const std::vector<Wanted>& wanted) {
  const Shown shown = on_terminal("xterm-256color", typed + "q", [&] {
    Session session(ColorMode::Auto);
    session.use_mouse(true);
    session.begin_frame();
    session.window().put(0, 0, "ready");
    session.end_frame();
    int number = 0;
    for (const Wanted& one : wanted) {
      ++number;
      if (wait_key(session) != one.key) return number;
      if (one.mouse && session.take_mouse() != *one.mouse) return number;
      if (one.key == kKeyPaste && session.take_paste() != one.pasted) return number;
    }
    return wait_key(session) == U'q' ? 0 : 99;
  });
  return WEXITSTATUS(shown.status);
}

}  // namespace

TEST_CASE("term: presses of the mouse are read among keys") {
  CHECK(reads("j\033[<0;10;5M\033[<0;10;5mk\033[<64;1;1M",
              {{.key = U'j'},
               left(4, 9),
               {.key = U'k'},
               {.key = kKeyMouse, .mouse = MouseInput{MouseButton::WheelUp, 0, 0}}}) == 0);
  CHECK(reads("\033\033[<0;10;5M", {{.key = kKeyEsc}, left(4, 9)}) == 0);
  CHECK(reads("\033[M *%j", {left(4, 9), {.key = U'j'}}) == 0);
}

TEST_CASE("term: a malformed report of the mouse is no key, and what comes behind it is read") {
  CHECK(reads("\033[<K\033[<0;10;5K\033[<;;KM\033[<0;10;5;9;9M", {{.key = U'M'}}) == 0);
  CHECK(reads("\033[<0;10;99999999999999999999MK", {{.key = U'K'}}) == 0);
  CHECK(reads("\033[<0;\xc3\xbc\xe6\x97\xa5;5MK", {{.key = U'K'}}) == 0);
  CHECK(reads("\033[<0;1\033[200~K\033[201~", {{.key = kKeyPaste, .pasted = U"K"}}) == 0);
  CHECK(reads("\033[<0;1\033[<0;10;5M", {left(4, 9)}) == 0);
  CHECK(reads("\033[<0;1\033[A", {{.key = kKeyUp}}) == 0);
  CHECK(reads("\033[<0;1\003", {{.key = ctrl('C')}}) == 0);
}

TEST_CASE("term: what looks like the mouse in a paste is pasted text") {
  CHECK(reads("\033[200~a\033[<0;10;5Mb\033[201~", {{.key = kKeyPaste, .pasted = U"a\033[<0;10;5Mb"}}) == 0);
}

TEST_CASE("term: a report that stops in its middle takes no key that is pressed later") {
  const Shown shown = on_terminal(
      "xterm-256color", "\033[<0;10",
      [] {
        Session session(ColorMode::Auto);
        session.use_mouse(true);
        session.begin_frame();
        session.window().put(0, 0, "ready");
        session.end_frame();
        pollfd terminal{STDIN_FILENO, POLLIN, 0};
        ::poll(&terminal, 1, -1);
        if (session.read_key()) return 1;
        ::poll(nullptr, 0, 600);  // time has to pass: nothing of it came for half a second
        session.begin_frame();
        session.window().put(1, 0, "again");
        session.end_frame();
        return wait_key(session) == U'5' && wait_key(session) == U'K' ? 0 : 2;
      },
      "5K");
  CHECK(WEXITSTATUS(shown.status) == 0);
}

TEST_CASE("term: the mouse is taken when it is used, and given back with the terminal") {
  const std::string on = "\033[?1000h\033[?1006h";
  const std::string off = "\033[?1006l\033[?1000l";
  const auto shown = [](const std::function<void(Session&)>& body) {
    return on_terminal("xterm-256color", "",
                       [&] {
                         Session session(ColorMode::Auto);
                         body(session);
                         return 0;
                       })
        .output;
  };

  const std::string without = shown([](Session&) {});
  const std::string used = shown([](Session& session) { session.use_mouse(true); });
  const std::string back = shown([](Session& session) {
    session.use_mouse(true);
    session.use_mouse(false);
    session.use_mouse(false);
  });
  const std::string suspended = shown([](Session& session) {
    session.use_mouse(true);
    session.suspend();
    session.resume();
  });

  CHECK(without.find("\033[?100") == std::string::npos);
  CHECK(used.find(on) != std::string::npos);
  CHECK(used.rfind(off) > used.find(on));
  CHECK(used.rfind(off) < used.rfind("\033[?1049l"));
  CHECK(back.find(off) == back.rfind(off));
  CHECK(suspended.find(off) < suspended.rfind(on));
  CHECK(suspended.rfind(on) < suspended.rfind(off));
  CHECK(used.find("\033[?1002") == std::string::npos);
  CHECK(used.find("\033[?1003") == std::string::npos);
}

TEST_CASE("term: an old terminal is not asked for the mouse") {
  for (const char* term : {"vt100", "linux"}) {
    const Shown shown = on_terminal(term, "", [] {
      Session session(ColorMode::Auto);
      session.use_mouse(true);
      return session.has_mouse() ? 1 : 0;
    });
    CHECK(WEXITSTATUS(shown.status) == 0);
    CHECK(shown.output.find("100") == std::string::npos);
  }
}

}  // namespace pooltop
