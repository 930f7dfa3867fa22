// SPDX-License-Identifier: MIT
#include "tui/term/session.h"

// The only room that knows curses.
#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "tui/term/clipboard.h"
#include "tui/term/crash_guard.h"
#include "tui/term/keyboard.h"
#include "tui/theme/glyphs.h"

namespace pooltop {
namespace {

constexpr int kEscapeDelayMs = 25;
constexpr int kDrainMs = 50;
constexpr int kDrainTries = 10;
constexpr std::string_view kModesOn = "\033[?2004h";
constexpr std::string_view kModesOff = "\033[?2004l";
constexpr std::string_view kMouseOn = "\033[?1000h\033[?1006h";  // presses and the wheel; no movements
constexpr std::string_view kMouseOff = "\033[?1006l\033[?1000l";

std::string_view terminal_name() {
  const char* name = std::getenv("TERM");
  return name ? name : "";
}

// A capability without its padding ($<5>), empty if the terminal has none.
std::string capability(const char* name) {
  const char* found = ::tigetstr(name);
  if (!found || found == reinterpret_cast<const char*>(-1)) return {};
  std::string text = found;
  for (auto at = text.find("$<"); at != std::string::npos; at = text.find("$<", at)) {
    const auto end = text.find('>', at);
    if (end == std::string::npos) break;
    text.erase(at, end + 1 - at);
  }
  return text;
}

// Linux's own console and the VT series print what they do not know, or stop at it.
bool takes_modes() { return !is_old_terminal(terminal_name()); }

// "ansi" says that a character in the last column puts the cursor into the next line. Nearly all that call themselves
// so wait for another character first: that column is left alone, for who relies on either is wrong somewhere.
bool wraps_at_once() { return ::tigetflag("am") > 0 && ::tigetflag("xenl") <= 0; }

// A title is put onto a stack before another one is set (XTPUSHTITLE), and taken from there again.
constexpr std::string_view kKeepTitle = "\033[22;2t";
constexpr std::string_view kTitleBack = "\033[23;2t";

// Where there is no such stack, what is set would stay.
bool keeps_titles() { return gives_title_back(terminal_name(), std::getenv("STY")); }

std::string title_sequence(const std::string& title) { return "\033]2;" + title + "\033\\"; }

std::string reset_text(bool title_is_kept) {
  std::string text = takes_modes() ? "\033[?2026l" + std::string(kMouseOff) + std::string(kModesOff) : "";
  if (title_is_kept) text += kTitleBack;
  for (const char* name : {"sgr0", "op", "rmkx", "cnorm", "rmcup"}) text += capability(name);
  return text + "\r";
}

attr_t attributes_of(Theme theme, Role role) {
  const Style style = style_of(theme, role);
  attr_t attributes = A_NORMAL;
  if (style.bold) attributes |= A_BOLD;
  if (style.reverse) attributes |= A_REVERSE;
  if (style.underline) attributes |= A_UNDERLINE;
  if (style.dim) attributes |= A_DIM;
  if (style.color != Color::Default) attributes |= COLOR_PAIR(static_cast<int>(style.color) + 1);
  return attributes;
}

class CursesWindow final : public Window {
 public:
  CursesWindow(Charset charset, Theme theme) : Window(charset) { use(theme); }
  void use(Theme theme) {
    theme_ = theme;
    for (std::size_t i = 0; i < kRoles; ++i) attributes_[i] = attributes_of(theme, static_cast<Role>(i));
  }
  [[nodiscard]] Theme theme() const { return theme_; }
  [[nodiscard]] int rows() const override { return getmaxy(stdscr); }
  [[nodiscard]] int cols() const override { return std::max(1, getmaxx(stdscr) - unsure_cols_); }

 private:
  // The cell in the corner gives an error although it is drawn: no result is looked at.
  void write(int row, int col, std::string_view text, int /*cells*/, Role role) override {
    attrset(static_cast<int>(attributes_[static_cast<std::size_t>(role)]));
    mvaddnstr(row, col, text.data(), static_cast<int>(text.size()));
  }

  Theme theme_ = Theme::Standard;
  std::array<attr_t, kRoles> attributes_{};
  int unsure_cols_ = wraps_at_once() ? 1 : 0;
};

// ncurses would set handlers of its own for these; they are blocked and read from a signalfd.
class KeepSignals {
 public:
  KeepSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], nullptr, &before_[i]);
  }
  ~KeepSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// Changing the modes of a terminal from the background would stop the process: not while it gives it back.
class FromBackground {
 public:
  FromBackground() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    ::sigprocmask(SIG_BLOCK, &set, &before_);
  }
  ~FromBackground() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Where there is no alternate screen to leave, the shell's next lines would stand among the monitor's last ones. GNU
// screen has one only if it is told to ("altscreen on"), which it does not say.
void give_back_screen() {
  if (capability("rmcup").empty() || std::getenv("STY")) {
    ::werase(stdscr);
    ::wrefresh(stdscr);
  }
  ::endwin();
}

}  // namespace

std::optional<std::string> why_no_terminal() {
  if (!::isatty(STDIN_FILENO)) return "stdin is no terminal";
  if (!::isatty(STDOUT_FILENO)) return "stdout is no terminal";
  const std::string name(terminal_name());
  if (name.empty()) return "TERM is not set";
  int error = 0;
  if (::setupterm(name.c_str(), STDOUT_FILENO, &error) != OK) return "TERM=" + name + " is not known here";
  const bool moves = !capability("cup").empty() && !capability("clear").empty();
  ::del_curterm(cur_term);
  if (!moves) return "TERM=" + name + " cannot move its cursor";
  return std::nullopt;
}

// curses writes to a descriptor of its own, `curses`. While it makes a frame that is a file in memory, so that it never
// waits for a terminal that is slow, and so that a frame without a byte is known to be one. All else it says (at the
// start, the end and a suspend) goes to the terminal itself.
struct Session::Terminal {
  termios before{};
  SCREEN* screen = nullptr;
  FILE* curses = nullptr;
  Fd frame;  // the file in memory
  Fd own;    // the terminal, opened anew: not to wait must not become the shell's mode too
  std::string unsent;
  bool mouse = false;        // is used
  bool has_title = false;    // may set it
  bool keeps_title = false;  // the one from before is on the stack
  std::string title;
  std::string no_colors;  // why there are none
  [[nodiscard]] int out() const { return own ? own.get() : STDOUT_FILENO; }
  std::unique_ptr<CrashGuard> guard;
  std::unique_ptr<CursesWindow> window;
  std::unique_ptr<Keyboard> keyboard;
};

Session::Session(const SessionOptions& options) : terminal_(std::make_unique<Terminal>()) {
  if (const auto why = why_no_terminal()) throw std::runtime_error(*why);
  std::setlocale(LC_ALL, "");
  ::tcgetattr(STDIN_FILENO, &terminal_->before);
  begin_curses();
  terminal_->guard = std::make_unique<CrashGuard>(reset_text(options.title && keeps_titles()), terminal_->before);
  ::raw();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(kEscapeDelayMs);
  ::typeahead(-1);  // a frame is whole, also while keys wait
  ::curs_set(0);
  terminal_->keyboard = std::make_unique<Keyboard>(takes_modes());
  int colors = 0;
  if (::has_colors() && ::start_color() == OK && ::use_default_colors() == OK) colors = COLORS;
  const Theme theme = choose_theme(options.color, std::getenv("NO_COLOR"), colors, options.theme);
  terminal_->no_colors = colors < 8                          ? "this terminal has no colours"
                         : options.color == ColorMode::Never ? "there are no colours with --color never"
                                                             : "";
  if (terminal_->no_colors.empty())
    for (short color = 0; color < 8; ++color) ::init_pair(static_cast<short>(color + 1), color, -1);
  terminal_->has_title = options.title && keeps_titles();
  send_modes();
  const Charset charset = choose_charset(::nl_langinfo(CODESET), terminal_name());
  terminal_->window = std::make_unique<CursesWindow>(charset, theme);
  resize();
}

void Session::begin_curses() {
  Terminal& t = *terminal_;
  t.frame = Fd(check(::memfd_create("frame", MFD_CLOEXEC), "memfd_create", "frame"));
  if (const char* name = ::ttyname(STDOUT_FILENO))
    t.own = Fd(::open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  const int copy = check(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "fcntl F_DUPFD_CLOEXEC", "stdout");
  t.curses = ::fdopen(copy, "w");
  const KeepSignals keep;
  t.screen = ::newterm(nullptr, t.curses, stdin);
  if (!t.screen) throw std::runtime_error("the terminal cannot be used");
}

// A terminal that takes nothing any more would hold whoever writes to it, or waits for what it was sent.
Session::~Session() {
  const FromBackground whatever_the_job_control_says;
  if (!::isendwin()) leave_screen();  // else somebody else has it: a pager
  ::delscreen(terminal_->screen);
  ::fclose(terminal_->curses);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_->before);
}

void Session::send_modes() {
  if (!takes_modes()) return;
  terminal_->unsent += kModesOn;
  if (terminal_->mouse) terminal_->unsent += kMouseOn;
  if (terminal_->has_title && !terminal_->keeps_title) terminal_->unsent += kKeepTitle;
  terminal_->keeps_title = terminal_->has_title;
  if (!terminal_->title.empty()) terminal_->unsent += title_sequence(terminal_->title);
}

// Only if the terminal takes it.
void Session::leave_screen() {
  if (terminal_->keeps_title) terminal_->unsent += kTitleBack;
  terminal_->keeps_title = false;
  if (terminal_->mouse) terminal_->unsent += kMouseOff;
  if (takes_modes()) terminal_->unsent += kModesOff;
  if (drain()) give_back_screen();
}

Window& Session::window() { return *terminal_->window; }

void Session::begin_frame() {
  window().forget_targets();
  attrset(A_NORMAL);
  ::werase(stdscr);
}

void Session::end_frame() {
  ::wnoutrefresh(stdscr);
  make_frame();
  static_cast<void>(flush());
}

void Session::make_frame() {
  Terminal& t = *terminal_;
  const int curses = ::fileno(t.curses);
  check(::dup3(t.frame.get(), curses, O_CLOEXEC), "dup3", "frame");
  ::doupdate();
  check(::dup3(STDOUT_FILENO, curses, O_CLOEXEC), "dup3", "stdout");
  const off_t size = ::lseek(t.frame.get(), 0, SEEK_CUR);
  if (size <= 0) return;
  std::string text(static_cast<std::size_t>(size), '\0');
  if (::pread(t.frame.get(), text.data(), text.size(), 0) != size) return;
  ::lseek(t.frame.get(), 0, SEEK_SET);
  const bool brackets = takes_modes();  // the terminal shows what is between them at once
  t.unsent += (brackets ? "\033[?2026h" : "") + text + (brackets ? "\033[?2026l" : "");
}

bool Session::flush() {
  Terminal& t = *terminal_;
  for (;;) {
    pollfd terminal{t.out(), POLLOUT, 0};
    if (::poll(&terminal, 1, 0) <= 0) return false;
    if (t.unsent.empty()) return true;
    const ssize_t n = ::write(t.out(), t.unsent.data(), t.unsent.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    // Nobody is there any more: the loop is told so by the terminal's other end.
    t.unsent.erase(0, n < 0 ? t.unsent.size() : static_cast<std::size_t>(n));
  }
}

bool Session::wants_write() const { return !terminal_->unsent.empty(); }
int Session::fd() const { return terminal_->out(); }

// All that is kept is written, if the terminal takes it in time.
bool Session::drain() {
  for (int i = 0; i < kDrainTries; ++i) {
    if (flush()) return true;
    pollfd terminal{fd(), POLLOUT, 0};
    ::poll(&terminal, 1, kDrainMs);
  }
  return flush();
}

std::optional<Key> Session::read_key() { return terminal_->keyboard->read_key(); }
std::u32string Session::take_paste() { return terminal_->keyboard->take_paste(); }

void Session::resize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  if (size.ws_row != LINES || size.ws_col != COLS) ::resizeterm(size.ws_row, size.ws_col);
}

bool Session::has_mouse() const { return takes_modes(); }

void Session::use_mouse(bool use) {
  if (use == terminal_->mouse || !has_mouse()) return;
  terminal_->mouse = use;
  terminal_->unsent += use ? kMouseOn : kMouseOff;
  static_cast<void>(flush());
}

MouseInput Session::take_mouse() const { return terminal_->keyboard->take_mouse(); }

Theme Session::theme() const { return terminal_->window->theme(); }

void Session::use_theme(Theme theme) {
  if (theme != this->theme() && terminal_->no_colors.empty()) terminal_->window->use(theme);
}

const std::string& Session::why_no_colors() const { return terminal_->no_colors; }

void Session::set_title(const std::string& title) {
  if (!terminal_->has_title || title == terminal_->title) return;
  terminal_->title = title;
  terminal_->unsent += title_sequence(title);
}

void Session::ring() { terminal_->unsent += '\a'; }

void Session::repaint() { ::clearok(curscr, TRUE); }

std::optional<std::string> Session::copy(std::string_view text) {
  if (!takes_modes()) return "TERM=" + std::string(terminal_name()) + " has no clipboard: the pager shows the text";
  terminal_->unsent += clipboard_sequence(text, std::getenv("STY") != nullptr);
  static_cast<void>(flush());
  return std::nullopt;
}

void Session::suspend() {
  const FromBackground whatever_the_job_control_says;
  leave_screen();
  terminal_->unsent.clear();  // whoever has the terminal next is not written to
}

void Session::resume() {
  // After a SIGSTOP nobody had given the terminal back. Twice would put the cursor where it was before the monitor.
  if (!::isendwin()) ::endwin();
  resize();
  repaint();
  ::wrefresh(stdscr);
  send_modes();
}

}  // namespace pooltop
