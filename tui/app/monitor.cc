// SPDX-License-Identifier: MIT
#include "tui/app/monitor.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "tui/app/config_job.h"
#include "tui/app/engine_link.h"
#include "tui/app/frame_pace.h"
#include "tui/app/pager.h"
#include "tui/app/replay_link.h"
#include "tui/app/signals.h"
#include "tui/app/user_stack.h"
#include "tui/keys/key_table.h"
#include "tui/state/looked_at.h"
#include "tui/term/session.h"
#include "tui/views/screen.h"
#include "tui/views/title.h"

// One loop: the terminal, the socket, signals and the clock become events, events become the next state, the state is
// drawn. It is drawn only when something changed, and only when the terminal takes bytes: a slow line gets fewer
// frames, not a longer queue of them.

namespace pooltop {
namespace {

constexpr Nanos kTick = 200 * kMillisecond;
constexpr Nanos kResizeRest = 30 * kMillisecond;   // a window that is dragged sends many sizes
constexpr Nanos kFirstFrame = 300 * kMillisecond;  // to wait for the first status before something is shown
constexpr Nanos kRetry = 250 * kMillisecond;
constexpr Nanos kGiveUp = 3 * kSecond;  // without a connection, the run is gone

std::string wall_clock() { return format_utc(wall_now_us()).substr(11, 8); }

std::unique_ptr<RunLink> link_for(const MonitorOptions& options) {
  if (options.replay) return std::make_unique<ReplayLink>(*options.replay);
  return std::make_unique<EngineLink>(options.socket_path, options.read_only, options.failed_file);
}

class Monitor {
 public:
  explicit Monitor(const MonitorOptions& options);
  MonitorResult watch();

 private:
  void wait();
  void take_signals(Nanos now);
  void take_keys();
  void take_key(Key key);
  void take_terminal();
  void take_messages();
  void take_time(Nanos now);
  void reconnect(Nanos now);
  void handle(const Event& event);
  void suspend(pid_t whom);
  void carry_out(const Outcome& out);
  void open_pager(const std::string& text);
  void look_at_pager();
  void draw();
  [[nodiscard]] bool can_draw();
  void note_slow(Nanos now);
  void forget_typed_ahead();
  void take_size();
  [[nodiscard]] const Snapshot& shown() const { return held_ ? *held_ : link_->snapshot(); }
  [[nodiscard]] MonitorEnd why_left() const;

  const MonitorOptions& options_;
  Signals signals_;
  std::unique_ptr<RunLink> link_;
  UiState state_;
  std::optional<Snapshot> held_;  // what a frozen display shows
  std::optional<Session> session_;
  std::optional<Pager> pager_;  // has the terminal while there is one: nothing is drawn, no key is read
  UserStack stack_;
  Nanos started_ = monotonic_now();
  Nanos next_tick_ = 0;
  Nanos resize_at_ = 0;  // 0: none is due
  Nanos lost_at_ = 0;    // 0: connected
  Nanos next_try_ = 0;
  FramePace pace_;
  Screen painted_ = Screen::Pipeline;  // what the last frame was of
  std::vector<WorkerKey> looked_at_;
  bool dirty_ = true;
  bool left_ = false;
  bool gone_ = false;
  bool hung_up_ = false;
};

Monitor::Monitor(const MonitorOptions& options) : options_(options), link_(link_for(options)) {
  state_.owns_run = options.owns_run;
  state_.read_only = options.read_only;
  state_.own_pid = ::getpid();
  state_.bindings = options.bindings;
  state_.failed_file = options.failed_file;
  state_.leave_at_end = options.exit_at_end;
  state_.last_data = monotonic_now();
  if (options.replay) state_.replay.emplace();
}

MonitorEnd Monitor::why_left() const {
  if (options_.replay) return MonitorEnd::Detached;
  if (link_->ended() || !is_alive(link_->snapshot().state)) return MonitorEnd::RunEnded;
  if (gone_) return MonitorEnd::EngineGone;
  return state_.stop_asked ? MonitorEnd::StopRequested : MonitorEnd::Detached;
}

MonitorResult Monitor::watch() {
  if (!link_->connect()) return {MonitorEnd::EngineGone, {}};
  session_.emplace(SessionOptions{.color = options_.color, .theme = options_.theme, .title = options_.title});
  take_terminal();
  take_size();
  while (!left_ || pager_) {  // who reads is not interrupted because the run ended
    if (dirty_ && can_draw()) draw();
    wait();
  }
  session_.reset();
  return {why_left(), link_->snapshot()};
}

// The first frame waits a little for the first status: a screen without figures would only flicker. A terminal that
// does not take what it was sent gets no more; then, for a while, one frame a second.
bool Monitor::can_draw() {
  if (pager_) return false;
  const Nanos now = monotonic_now();
  if (link_->snapshot().stages.empty() && now - started_ < kFirstFrame) return false;
  if (!session_->flush()) {
    pace_.was_blocked(now);
    note_slow(now);
    return false;
  }
  return pace_.is_due(now);
}

void Monitor::note_slow(Nanos now) {
  if (!pace_.becomes_slow(now)) return;
  state_.message = Message{"this terminal is slow: it is drawn once a second", {}, true, now};
  dirty_ = true;
}

void Monitor::wait() {
  const Nanos now = monotonic_now();
  Nanos until = next_tick_;
  if (resize_at_ != 0 && !pager_) until = std::min(until, resize_at_);
  if (const auto deadline = stack_.deadline()) until = std::min(until, *deadline);
  if (const auto due = link_->due()) until = std::min(until, *due);
  const auto left = std::clamp<Nanos>((until - now + kMillisecond - 1) / kMillisecond, 0, 1000);
  const short engine = static_cast<short>(POLLIN | (link_->wants_write() ? POLLOUT : 0));
  const int terminal = session_->wants_write() && !pager_ ? session_->fd() : -1;
  std::array<pollfd, 5> fds{{{pager_ ? -1 : STDIN_FILENO, POLLIN, 0},
                             {signals_.fd(), POLLIN, 0},
                             {link_->fd(), engine, 0},
                             {terminal, POLLOUT, 0},
                             {stack_.fd(), POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left));
  if (ready < 0 && errno != EINTR) throw_system_error(errno, "poll", "monitor");
  if (fds[1].revents != 0) take_signals(monotonic_now());
  if (left_ && !pager_) return;
  if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) hung_up_ = true;
  if (fds[0].revents != 0) take_keys();
  const auto due = link_->due();
  if (fds[2].revents != 0 || (due && *due <= monotonic_now())) take_messages();
  if (fds[3].revents != 0) static_cast<void>(session_->flush());
  if (const auto taken = stack_.take(monotonic_now())) handle(Event(*taken));
  if (hung_up_) left_ = true;
  take_time(monotonic_now());
}

void Monitor::take_signals(Nanos now) {
  while (const auto signal = signals_.take()) {
    switch (*signal) {
      case SIGWINCH:
        if (resize_at_ == 0) resize_at_ = now + kResizeRest;
        break;
      case SIGINT:
        handle(Interrupted{});
        break;
      case SIGTSTP:
        suspend(::getpid());
        break;
      case SIGCONT:
        if (pager_) {
          pager_->go_on();
          break;
        }
        session_->resume();
        take_size();
        break;
      case SIGCHLD:
        if (pager_) look_at_pager();
        break;
      default:
        pager_.reset();
        left_ = true;
        break;  // TERM, HUP: the run goes on without this monitor
    }
  }
}

void Monitor::take_keys() {
  int waiting = 0;
  if (::ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0) hung_up_ = true;
  while (const auto key = session_->read_key()) {
    const bool had_dialog = state_.dialog.has_value();
    take_key(*key);
    if (left_) return;
    if (had_dialog || !state_.dialog) continue;
    draw();  // a question is answered by keys that were pressed after it was seen
    forget_typed_ahead();
  }
}

// A click is about what was painted, so it must have been: not about a frame that is still on its way.
void Monitor::take_key(Key key) {
  if (key == kKeyPaste) return handle(Pasted{session_->take_paste()});
  if (key != kKeyMouse) return handle(KeyPressed{key});
  if (session_->wants_write()) return;
  const MouseInput input = session_->take_mouse();
  const MouseTarget target = session_->window().target_at(input.row, input.col);
  // A key acts on what the cursor is on: on what the screen shows there, not on what came since.
  if (dirty_ && std::holds_alternative<KeyTarget>(target)) return;
  handle(MousePressed{input, painted_, target});
}

// A second Ctrl-C is never a mistake.
void Monitor::forget_typed_ahead() {
  while (const auto key = session_->read_key())
    if (state_.bindings.action_for(*key) == Action::Interrupt) handle(KeyPressed{*key});
}

void Monitor::take_messages() {
  for (const Event& event : link_->take_events()) {
    if (std::holds_alternative<LinkChanged>(event)) {
      if (link_->ended()) continue;  // the engine has nothing more to say
      lost_at_ = monotonic_now();
      next_try_ = lost_at_;
    }
    if (std::holds_alternative<DataArrived>(event) && held_) {
      if (!link_->ended()) continue;
      held_.reset();
      state_.frozen_since.reset();
    }
    handle(event);
  }
}

void Monitor::reconnect(Nanos now) {
  if (lost_at_ == 0 || now < next_try_) return;
  next_try_ = now + kRetry;
  if (link_->connect()) {
    lost_at_ = 0;
    handle(LinkChanged{Link::Up});
  } else if (now - lost_at_ > kGiveUp) {
    gone_ = left_ = true;
  }
}

void Monitor::take_time(Nanos now) {
  if (left_) return;
  reconnect(now);
  if (resize_at_ != 0 && now >= resize_at_ && !pager_) {
    resize_at_ = 0;
    session_->resize();
    take_size();
  }
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  link_->look_at(looked_at_, now);
  note_slow(now);
  handle(Ticked{});
}

// What the terminal can do.
void Monitor::take_terminal() {
  if (!session_->has_mouse()) state_.no_mouse = "this terminal reports no mouse";
  state_.mouse = options_.mouse && session_->has_mouse();
  session_->use_mouse(state_.mouse);
  state_.theme = session_->theme();
  state_.no_colors = session_->why_no_colors();
}

void Monitor::take_size() {
  const Window& window = session_->window();
  handle(Resized{window.rows(), window.cols(), window.charset()});
}

void Monitor::handle(const Event& event) {
  Outcome out = next(std::move(state_), event, shown(), monotonic_now(), wall_clock());
  state_ = std::move(out.state);
  for (const ControlRequest& request : out.requests) link_->send(request);
  dirty_ = dirty_ || out.changed;
  if (out.bell && options_.bell) session_->ring();
  session_->use_mouse(state_.mouse);
  if (out.take_stack)
    if (const auto taken = stack_.start(*out.take_stack)) handle(Event(*taken));
  if (out.config) handle(do_config_job(options_.run, *out.config));
  carry_out(out);
  if (state_.frozen_since && !held_) held_ = link_->snapshot();
  if (!state_.frozen_since && held_) {
    held_.reset();
    handle(DataArrived{});
  }
}

void Monitor::carry_out(const Outcome& out) {
  switch (out.effect) {
    case Effect::None:
      return;
    case Effect::Leave:
      left_ = true;
      return;
    case Effect::Repaint:
      return session_->repaint();
    case Effect::Suspend:
      return suspend(0);
    case Effect::Copy:
      return handle(Copied{out.about, session_->copy(out.text)});
    case Effect::Page:
      return open_pager(out.text);
  }
}

void Monitor::open_pager(const std::string& text) {
  const PagerCommand pager = pager_command(std::getenv("PAGER"), std::getenv("PATH"));
  if (pager.refused) return handle(Paged{pager.refused});
  session_->suspend();
  try {
    pager_.emplace(pager.command, text);
  } catch (const std::system_error& error) {
    session_->resume();
    handle(Paged{std::string("no pager: ") + error.what()});
  }
}

// Ctrl-Z in the pager stops the whole job, as it does in the monitor; when it goes on, so does the pager.
void Monitor::look_at_pager() {
  switch (pager_->look()) {
    case Pager::State::Runs:
      return;
    case Pager::State::Stopped:
      signals_.stop(0);
      return pager_->go_on();
    case Pager::State::Ended:
      break;
  }
  const auto complaint = pager_->complaint();
  pager_.reset();
  session_->resume();
  take_size();
  if (complaint) handle(Paged{complaint});
  dirty_ = true;
}

// Ctrl-Z stops the whole job (0), as the terminal's driver would: the shell must see all of it stop.
void Monitor::suspend(pid_t whom) {
  session_->suspend();
  signals_.stop(whom);
  session_->resume();
  take_size();
}

void Monitor::draw() {
  session_->set_title(terminal_title(shown(), session_->window().charset()));
  session_->use_theme(state_.theme);
  session_->begin_frame();
  draw_screen(shown(), state_, session_->window());
  session_->end_frame();
  dirty_ = false;
  painted_ = state_.screen;
  pace_.was_drawn(monotonic_now());
  looked_at_ = looked_at(state_, shown());  // after the frame: a key does not wait for it
  link_->look_at(looked_at_, pace_.drawn_at());
}

}  // namespace

std::optional<std::string> why_no_screen() { return why_no_terminal(); }

MonitorResult run_monitor(const MonitorOptions& options) {
  if (why_no_screen()) return {MonitorEnd::NoTerminal, {}};
  return Monitor(options).watch();
}

}  // namespace pooltop
