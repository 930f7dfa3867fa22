// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/random.h"
#include "tests/unit/state/crawl.h"
#include "tests/unit/state/storm_mouse.h"
#include "tests/unit/state/storm_names.h"
#include "tests/unit/state/stormy_run.h"
#include "tui/keys/key_table.h"
#include "tui/state/looked_at.h"
#include "tui/state/problems.h"

namespace pooltop::testing {

/// A monitor that random events fall upon: keys, clicks on what was painted now or long ago, resizes, news of a run in
/// which workers die, restart with a PID that was used before, stages end and rows change places; answers that come
/// late, fail, come twice or never; a clock that jumps, a connection that is lost. The same from the same seed. After
/// each event it has checked what must hold of any state (FAIL says what does not).
class MonitorStorm {
 public:
  explicit MonitorStorm(std::uint32_t seed) : random_(seed), run_(random_) { begin(); }

  void step();

  [[nodiscard]] const UiState& state() const { return state_; }
  /// What the monitor was told last.
  [[nodiscard]] const Snapshot& shown() const { return shown_; }
  [[nodiscard]] Nanos now() const { return now_; }
  /// The last event in words, for the message of a failure.
  [[nodiscard]] const std::string& last() const { return last_; }
  /// Requests of the last event that change the run.
  [[nodiscard]] const std::vector<ControlRequest>& acted() const { return acted_; }
  /// All of them so far.
  [[nodiscard]] std::size_t acted_in_all() const { return acted_in_all_; }
  /// Those of them that a click had sent.
  [[nodiscard]] std::size_t acted_by_mouse() const { return acted_by_mouse_; }
  /// Whether a dialog was open before the last event.
  [[nodiscard]] bool dialog_before() const { return dialog_before_; }
  [[nodiscard]] std::uint32_t below(std::size_t n) { return random_() % static_cast<std::uint32_t>(n); }

 private:
  void begin();
  void happen(const Event& event, std::string words);
  void press(Key key);
  void press_any();
  void click_any();
  void tell();
  void answer();
  void other();
  [[nodiscard]] ConfigDone config_done();
  // What must hold.
  [[nodiscard]] std::set<Identity> may_be_named() const;
  [[nodiscard]] std::set<Identity> in_sight() const;
  [[nodiscard]] const Problem* problem_under_cursor() const;
  void check_requests(const Outcome& out, const std::set<Identity>& allowed, const std::string& stage);
  void check_state() const;
  void check_way_back() const;
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  Random random_;
  StormyRun run_;
  Snapshot shown_;  // the run as the monitor knows it
  UiState state_;
  Nanos now_ = kSecond;
  StormMouse mouse_{random_};
  std::vector<ControlRequest> open_;  // not answered yet
  std::uint64_t lines_ = 0;           // of output so far
  std::uint64_t last_id_ = 0;
  std::vector<ControlRequest> acted_;
  std::size_t acted_in_all_ = 0;
  std::size_t acted_by_mouse_ = 0;
  bool dialog_before_ = false;
  std::set<Identity> seen_;  // before the last event
  std::string last_;
};

inline void MonitorStorm::begin() {
  run_.begin_anew();
  shown_ = run_.now();
  state_ = UiState{};
  state_.owns_run = below(3) != 0;
  state_.read_only = below(8) == 0;
  state_.leave_at_end = below(8) == 0;
  state_.rows = 24;
  state_.cols = 80;
  open_.clear();
  last_id_ = 0;
  happen(DataArrived{}, "the monitor is opened");
}

inline void MonitorStorm::step() {
  if (below(800) == 0) return begin();
  if (state_.link == Link::Lost && below(8) == 0) return happen(LinkChanged{Link::Up}, "connected");
  if (state_.frozen_since && below(30) == 0) return press(U'z');
  if (!state_.mouse && below(30) == 0) return press(U'm');
  switch (below(20)) {
    case 0:
    case 1:
    case 2:
      return run_.change();
    case 3:
    case 4:
    case 5:
      return tell();
    case 6:
    case 7:
      return answer();
    case 8:
      return other();
    case 9:
    case 10:
      return click_any();
    default:
      return press_any();
  }
}

inline void MonitorStorm::press_any() {
  static const std::vector<Key> kChoices = {U't', U'9', U'x', U'a', U'n', U'w', U'd', U'p', kKeyEnter, kKeyEsc};
  static const std::vector<Key> kOften = {kKeyEnter, kKeyEsc, U'j', U' ', U'p', U'p', U'K', U'r', U'+', kKeyTab, U'2'};
  static const std::u32string_view kTyped = U"is:busy pid>1 !\"item\" fetch ü日\u0301\t\u202e\U0001F600";
  const std::uint32_t kind = below(10);
  if ((state_.prompt || state_.menu) && below(8) == 0) return press(kKeyEsc);
  if (state_.dialog && kind < 5) return press(one_of(kChoices));
  if ((state_.prompt || state_.menu) && kind < 5) return press(kTyped[below(kTyped.size())]);
  if (kind == 9) return press(static_cast<Key>(below(0x110120)));
  press(one_of(kind < 4 ? kOften : keys_of_the_table()));
}

inline void MonitorStorm::press(Key key) {
  if (!is_alive(shown_.state) && below(4) == 0) return begin();
  happen(KeyPressed{key}, fmt::format("key {:#x}", static_cast<std::uint32_t>(key)));
}

// Twice, sometimes: that is Enter. Now and then a frame is clicked that is long gone, or rows change between the two.
inline void MonitorStorm::click_any() {
  if (!mouse_.has_frame() || below(8) != 0) mouse_.paint(state_, shown_);
  const MousePressed press = mouse_.press();
  for (std::uint32_t i = 0; i <= below(2); ++i) {
    const UiState before = state_;
    happen(press, fmt::format("click at {},{}", press.input.row, press.input.col));
    StormMouse::check(press, before, state_, acted_);
    acted_by_mouse_ += acted_.size();
    if (below(4) == 0) tell();
  }
}

// A frozen display is told nothing but the end, as in the monitor's loop.
inline void MonitorStorm::tell() {
  if (state_.link == Link::Lost) return;
  if (state_.frozen_since && is_alive(run_.now().state)) return;
  shown_ = run_.now();
  happen(DataArrived{}, "data");
}

inline void MonitorStorm::answer() {
  if (open_.empty()) return;
  const std::size_t at = below(open_.size());
  const ControlRequest request = open_[at];
  const std::uint32_t kind = below(8);
  if (kind != 0) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));  // else it comes twice
  if (kind == 1) return;                                                        // or never
  Answered answered{request.id, {}, {}, {}};
  if (kind == 2) answered.error = "not today (stale_pid)";
  if (request.command == "tail" && kind != 2) {
    for (std::uint32_t i = below(4); i > 0; --i)
      answered.lines.push_back({"2026-01-31T12:00:43.120Z", static_cast<pid_t>(100 + below(5)), "fetch", "out",
                                std::string(below(200), 'x') + "日本\t\x1b[1m\xff", below(4)});
    answered.cursor = fmt::format("{}", ++lines_);
  }
  if (request.command == "inspect" && kind != 2) {
    Inspection look;
    look.verdict_pid = named_by(request).worker.first;
    InspectedProcess process;
    process.pid = below(4) == 0 ? 1 : look.verdict_pid;
    process.name = "curl";
    look.processes.push_back(process);
    answered.inspection = look;
  }
  if (request.command == "settings" && kind != 2) {
    answered.settings = crawl_settings();
    if (below(4) == 0) answered.settings->stages.erase(answered.settings->stages.begin() + below(3));
  }
  if (request.command == "set" && kind != 2)
    answered.changes = std::vector<SettingChange>(below(3), {"fetch", "workers", "5", "4"});
  happen(answered, fmt::format("answer to {} {}", request.command, request.id));
}

inline void MonitorStorm::other() {
  static const std::vector<std::pair<int, int>> kSizes = {{24, 80}, {24, 80}, {40, 120}, {40, 120}, {10, 40}, {8, 60},
                                                          {2, 18},  {1, 1},   {60, 200}, {16, 70},  {30, 79}};
  if (below(16) == 0) return happen(config_done(), "config done");
  switch (below(8)) {
    case 0:
    case 1: {
      const auto [rows, cols] = below(4) != 0 ? one_of(kSizes) : std::pair(1 + int(below(70)), 1 + int(below(200)));
      return happen(Resized{rows, cols, below(2) == 0 ? Charset::Ascii : Charset::Utf8},
                    fmt::format("resize {}x{}", cols, rows));
    }
    case 2:
      if (state_.link == Link::Up && below(2) == 0) happen(LinkChanged{Link::Lost}, "connection lost");
      return;
    case 3:
      if (below(8) == 0) return happen(Interrupted{}, "SIGINT");
      return happen(Copied{"3 bytes", below(2) == 0 ? std::optional<std::string>("no clipboard") : std::nullopt},
                    "copied");
    case 4:
      return happen(StackTaken{static_cast<pid_t>(101 + below(4)), below(2) == 0 ? "gdb" : "", {"#0 main"}}, "stack");
    case 5:
      now_ += below(3) == 0 ? 3600 * kSecond : below(5) * kSecond;  // it was suspended, or not
      return happen(Ticked{}, "tick");
    default:
      now_ += kSecond / 5;
      return happen(Ticked{}, "tick");
  }
}

// Of something that was asked, or not.
inline ConfigDone MonitorStorm::config_done() {
  ConfigDone done;
  done.job.what = one_of(std::vector{ConfigJob::What::Compare, ConfigJob::What::Write, ConfigJob::What::Unsaved});
  done.job.settings = crawl_settings();
  if (below(4) == 0) done.failed = "no config.json";
  if (below(2) == 0) done.text = "1 setting changed, not in the config: pooltop set crawl --diff";
  if (below(4) == 0) done.diff.cannot_write = "crawl.json is gone";
  done.diff.name = "/home/me/crawl.json";
  for (std::uint32_t i = below(100); i > 0; --i) done.diff.lines.push_back("+" + std::string(below(200), 'x') + "日\t");
  return done;
}

inline void MonitorStorm::happen(const Event& event, std::string words) {
  last_ = std::move(words);
  const bool was_frozen = state_.frozen_since.has_value();
  const std::set<Identity> allowed = may_be_named();
  const Problem* problem = problem_under_cursor();
  const std::string stage = problem != nullptr ? problem->stage : state_.stage;
  seen_ = in_sight();
  dialog_before_ = state_.dialog.has_value();
  acted_.clear();
  const std::string wall = fmt::format("{:02}:{:02}:00", below(24), below(60));  // clocks are set, back too
  Outcome out = next(std::move(state_), event, shown_, now_, wall);
  state_ = std::move(out.state);
  check_requests(out, allowed, stage);
  check_state();
  check_way_back();
  if (was_frozen && !state_.frozen_since) tell();
}

inline std::set<Identity> MonitorStorm::may_be_named() const {
  std::vector<WorkerKey> keys;
  if (state_.dialog) {
    keys = state_.dialog->targets;
  } else if (state_.overlay == Overlay::Inspect && state_.inspect.worker) {
    keys = {*state_.inspect.worker};
  } else if (state_.overlay == Overlay::Problems) {
    const Problem* problem = problem_under_cursor();
    const WorkerStatus* worker = problem != nullptr ? worker_of(*problem, shown_) : nullptr;
    if (worker != nullptr) keys = {key_of(*worker)};
  } else {
    keys = state_.screen == Screen::Detail || state_.screen == Screen::Output ? std::vector<WorkerKey>{} : state_.marks;
    if (state_.worker && (keys.empty())) keys.push_back(*state_.worker);
  }
  std::set<Identity> allowed;
  for (const WorkerKey& key : keys)
    if (lives(shown_, key)) allowed.insert(identity_of(key));
  return allowed;
}

inline const Problem* MonitorStorm::problem_under_cursor() const {
  if (state_.overlay != Overlay::Problems) return nullptr;
  const auto at = selected_problem(state_, shown_);
  return at ? &shown_.problems[*at] : nullptr;
}

// The list of problems covers the rows, and names the worker of each.
inline std::set<Identity> MonitorStorm::in_sight() const {
  if (state_.overlay == Overlay::Problems && !state_.dialog) return may_be_named();
  std::set<Identity> seen;
  for (const WorkerStatus& worker : shown_.workers)
    if (is_in_sight(state_, shown_, key_of(worker))) seen.insert(identity_of(key_of(worker)));
  return seen;
}

inline void MonitorStorm::check_requests(const Outcome& out, const std::set<Identity>& allowed,
                                         const std::string& stage) {
  for (const ControlRequest& request : out.requests) {
    INFO("request ", text_of(request));
    MUST(request.id > last_id_);
    last_id_ = request.id;
    MUST(state_.link == Link::Up);
    const Named named = named_by(request);
    if (request.command == "inspect") {
      MUST(state_.inspect.worker);
      MUST(identity_of(*state_.inspect.worker) == named.worker);
      MUST(lives(shown_, *state_.inspect.worker));
    }
    open_.push_back(request);
    if (!is_acting(request)) continue;
    MUST(is_alive(shown_.state));
    MUST(!state_.read_only);
    if (request.command == "fail" || request.command == "failed") continue;  // for items, in whatever stage they are
    if (named.worker.first != 0) MUST(allowed.count(named.worker) == 1);
    if (named.worker.first != 0 && !dialog_before_) MUST(seen_.count(named.worker) == 1);
    if (!named.stage.empty()) {
      const StageStatus* target = find_stage(shown_, named.stage);
      MUST(target != nullptr);
      MUST(named.stage == (request.command == "set" ? state_.settings.stage : stage));
      MUST(!is_over(*target));
    }
    acted_.push_back(request);
    ++acted_in_all_;
  }
  if (open_.size() > 50) open_.erase(open_.begin(), open_.begin() + 25);
}

inline void MonitorStorm::check_state() const {
  const UiState& s = state_;
  MUST(s.stage_top < std::max<std::size_t>(shown_.stages.size(), 1));
  MUST(s.log.size() <= kLogLines);
  MUST(s.under.size() < 8);
  if (s.dialog) MUST(s.dialog->focus < s.dialog->choices.size());
  if (s.dialog) MUST(s.dialog->choices[0].key == kKeyEsc);
  if (s.menu && !s.menu->shown.empty()) MUST(s.menu->at < s.menu->shown.size());
  if (s.overlay == Overlay::Problems) MUST((!selected_problem(s, shown_) || s.problem_place < shown_.problems.size()));
  for (const WorkerKey& mark : s.marks) {
    MUST(find_worker(shown_, mark) != nullptr);
    MUST(std::count(s.marks.begin(), s.marks.end(), mark) == 1);
  }
  const Layout layout = layout_of(s, shown_);
  const auto rows = worker_rows(s, shown_);
  const auto lines = worker_lines(s, rows);
  MUST(s.worker_top <= lines.size());
  if (s.loose.workers) return;
  const auto at = selected_row(s, shown_);
  if (!at || layout.worker_rows() <= 0 || s.screen == Screen::Detail) return;
  std::size_t line = 0;
  while (lines[line].worker != rows[*at]) ++line;
  MUST(line >= s.worker_top);
  MUST(line < s.worker_top + static_cast<std::size_t>(layout.worker_rows()));
}

inline void MonitorStorm::check_way_back() const {
  if (!is_alive(shown_.state)) return;
  UiState there = state_;
  for (int presses = 0; !at_overview(there); ++presses) {
    MUST(presses < 16);
    Outcome out = next(std::move(there), KeyPressed{kKeyEsc}, shown_, now_);
    MUST(out.effect == Effect::None);
    MUST(std::none_of(out.requests.begin(), out.requests.end(), is_acting));
    there = std::move(out.state);
  }
}

}  // namespace pooltop::testing
