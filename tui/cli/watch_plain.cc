// SPDX-License-Identifier: MIT
// The front of a run without a screen. One loop over four things: signals, the engine's reports (which alone decide
// when and how the run ended), the control socket (which may come and go), and the time of the next progress line.
#include "tui/cli/watch_plain.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/control/client.h"
#include "engine/control/logs.h"
#include "tui/cli/failed_tail.h"
#include "tui/cli/options.h"
#include "tui/cli/output.h"
#include "tui/plain/event.h"
#include "tui/plain/failure.h"
#include "tui/plain/progress.h"
#include "tui/plain/refusals.h"

namespace pooltop {
namespace {

constexpr int kStoppedByUser = 130;
constexpr Nanos kReconnect = kSecond;

class PlainWatch {
 public:
  PlainWatch(LaunchedRun& run, const FrontSignals& signals, const PlainOptions& options)
      : run_(run), signals_(signals), options_(options), failed_(run.failed_file) {}

  std::optional<RunEnd> watch();

 private:
  void wait();
  void keep_connected();
  void read_status();
  std::vector<std::string> last_output(const EngineEvent& event) const;
  void tell(const PlainLine& line) const;
  void tell_events(const std::vector<EngineEvent>& events);
  void tell_last_events();
  void hold_failures();
  void tell_failures();
  void tell_progress();
  void stop_now();

  LaunchedRun& run_;
  const FrontSignals& signals_;
  PlainOptions options_;
  FailedTail failed_;
  FailedTail::News held_;  // read, and not told yet
  Progress progress_;
  Refusals refusals_;
  std::optional<Client> client_;
  Fd engine_;  // pidfd
  StatusMirror status_;
  std::uint64_t last_event_ = 0;
  std::map<pid_t, std::string> started_;  // workers that took the place of others: since when
  std::set<std::string> in_trouble_;      // stages whose next worker is no news
  bool has_status_ = false;
  bool is_stopping_ = false;
  bool is_asked_ = false;  // what happened; the answer is on its way
  Nanos next_line_ = monotonic_now() + options_.interval;
  Nanos next_connect_ = 0;
};

std::optional<RunEnd> PlainWatch::watch() {
  for (;;) {
    keep_connected();
    wait();
    while (const int signal = signals_.take()) {
      if (signal == SIGHUP) return std::nullopt;
      stop_now();
    }
    read_status();
    while (const auto report = run_.reports.read()) {
      auto end = take_report(run_, *report);
      if (!end) continue;
      if (end->last)
        for (const PlainLine& line : progress_.changes(*end->last)) tell(line);
      hold_failures();
      tell_last_events();
      tell_failures();
      if (is_stopping_ && end->status == kExitCannotGoOn && !end->last) end->status = kStoppedByUser;
      return end;
    }
    if (monotonic_now() >= next_line_) tell_progress();
  }
}

void PlainWatch::wait() {
  const Nanos now = monotonic_now();
  const Nanos due = client_ ? next_line_ : std::min(next_line_, next_connect_);
  const int milliseconds = static_cast<int>(std::clamp<Nanos>((due - now) / kMillisecond + 1, 0, 60'000));
  std::array<pollfd, 3> entries{{{.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = run_.reports.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = client_ ? client_->fd() : -1, .events = POLLIN, .revents = 0}}};
  if (::poll(entries.data(), entries.size(), milliseconds) < 0 && errno != EINTR)
    throw_system_error(errno, "poll", "signals, engine and socket");
}

/// A run whose socket is gone may be at its end, or its engine found this client too slow: asked again later.
void PlainWatch::keep_connected() {
  if (client_ || monotonic_now() < next_connect_) return;
  next_connect_ = monotonic_now() + kReconnect;
  try {
    client_ = Client::connect(run_.socket_path);
    is_asked_ = false;
    engine_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, client_->greeting().pid, 0)));
    // Of the workers only the one that has been at its item for longest is shown.
    client_->send({{"command", "subscribe"},
                   {"interval_ms", 200},
                   {"delta", true},
                   {"workers", {{"sort", "item_elapsed_s"}, {"limit", 1}}}});
    status_ = StatusMirror();
    if (is_stopping_) client_->send({{"command", "stop"}, {"now", true}});
  } catch (const ControlError&) {
    client_.reset();
  }
}

void PlainWatch::read_status() {
  if (!client_) return;
  bool is_new = false;
  try {
    std::vector<WorkerStatus> rows;
    while (const auto message = client_->next(rows)) {
      is_new |= status_.apply(*message, std::exchange(rows, {}));
      if (!message->contains("events")) continue;
      std::vector<EngineEvent> events;
      for (const nlohmann::json& entry : message->at("events")) events.push_back(event_from_json(entry));
      tell_events(events);
      tell_failures();
      is_asked_ = false;
    }
    if (is_new && !status_.ended() && !is_asked_) {
      hold_failures();
      client_->send({{"command", "events"}, {"after", last_event_}});
      is_asked_ = true;
    }
  } catch (const ControlError&) {
    client_.reset();
  } catch (const nlohmann::json::exception& error) {  // not the protocol that we know: no lines, but the run goes on
    say(fmt::format("{}: {}", run_.name, error.what()));
    client_.reset();
  }
  if (!is_new) return;
  has_status_ = true;
  for (const PlainLine& line : progress_.changes(status_.snapshot())) tell(line);
  for (const PlainLine& line : refusals_.lines(status_.snapshot())) tell(line);
}

/// What a worker that died, and what worked for it, wrote last.
std::vector<std::string> PlainWatch::last_output(const EngineEvent& event) const {
  constexpr std::size_t kShown = 3;
  LogQuery query;
  query.stage = event.stage;
  query.slot = slot_of(event);
  if (!query.slot) query.pid = event.pid;
  if (const auto since = started_.find(event.pid); since != started_.end()) query.since = since->second;
  std::vector<std::string> texts;
  for (const LogLine& line : read_logs(run_.logs_dir, query).lines)
    if (line.kind != LogKind::Note && line.time <= event.time) texts.push_back(line.text);
  if (texts.size() > kShown) texts.erase(texts.begin(), texts.end() - kShown);
  return texts;
}

void PlainWatch::tell(const PlainLine& line) const {
  const std::int64_t now = wall_now_us();
  say_raw(options_.json_lines ? as_json(line, run_.name, now) : as_text(line, run_.name, now));
}

/// Those that are new; of very many the first.
void PlainWatch::tell_events(const std::vector<EngineEvent>& events) {
  constexpr std::size_t kShown = 20;
  std::size_t count = 0;
  for (const EngineEvent& event : events) {
    if (event.number <= last_event_) continue;
    last_event_ = event.number;
    refusals_.add(event);
    if (event.kind == "restart") started_[event.pid] = event.time;
    // A disk that is full is one problem, and not a line for each time that it is tried again.
    if (event.kind == "trouble") in_trouble_.insert(event.stage);
    if (event.kind == "restart" && in_trouble_.erase(event.stage) > 0) continue;
    auto line = event_line(event);
    if (!line || ++count > kShown) continue;
    if (event.kind == "crash") add_output(*line, last_output(event)), started_.erase(event.pid);
    tell(*line);
  }
  if (count > kShown)
    tell({"more", fmt::format("and {} events more", count - kShown), fmt::format("\"left_out\":{}", count - kShown)});
}

/// What happened after the last answer of the engine, which keeps it in a file. One that was killed leaves none.
void PlainWatch::tell_last_events() {
  constexpr std::size_t kMaxBytes = 16u << 20;
  std::vector<EngineEvent> events;
  try {
    const auto text = read_file(run_.events_file, kMaxBytes);
    std::istringstream lines(text.value_or(""));
    for (std::string line; std::getline(lines, line);) events.push_back(event_from_json(nlohmann::json::parse(line)));
  } catch (const std::system_error&) {  // nothing happened
  } catch (const nlohmann::json::exception& error) {
    say(fmt::format("{}: {}", run_.events_file, error.what()));
  }
  tell_events(events);
}

/// An item's retries come before its failure: what failed is read first, then what happened, and told the other way
/// round.
void PlainWatch::hold_failures() {
  FailedTail::News news = failed_.read();
  std::move(news.items.begin(), news.items.end(), std::back_inserter(held_.items));
  held_.left_out += news.left_out;
}

void PlainWatch::tell_failures() {
  const FailedTail::News news = std::exchange(held_, {});
  for (const FailedItem& item : news.items) tell(failure_line(item));
  if (news.left_out > 0)
    tell({"failed", fmt::format("FAIL {} more; all of them: pooltop failed {}", news.left_out, run_.name),
          fmt::format("\"left_out\":{}", news.left_out)});
}

void PlainWatch::tell_progress() {
  // The distance stays the same, however late this one is.
  while (next_line_ <= monotonic_now()) next_line_ += options_.interval;
  if (!has_status_) return;
  tell(progress_.progress(status_.snapshot()));
  if (const auto line = progress_.oldest(status_.snapshot())) tell(*line);
}

void PlainWatch::stop_now() {
  if (is_stopping_) {
    say(fmt::format("{}: killing its processes", run_.name));
    // The guardian of a killed engine kills all that is left of it. Without an engine to be found, the other way round.
    const int whom = engine_ ? engine_.get() : run_.guardian.get();
    ::syscall(SYS_pidfd_send_signal, whom, SIGKILL, nullptr, 0);
    return;
  }
  is_stopping_ = true;
  tell({"state", "stopping now; once more kills", R"("state":"stopping")"});
  if (!client_) return;  // sent as soon as there is a connection
  try {
    client_->send({{"command", "stop"}, {"now", true}});
  } catch (const ControlError&) {
    client_.reset();
  }
}

}  // namespace

FrontSignals::FrontSignals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  fd_ = Fd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd", "INT TERM HUP"));
}

int FrontSignals::take() const {
  signalfd_siginfo info{};
  const ssize_t got = ::read(fd_.get(), &info, sizeof info);
  if (got == static_cast<ssize_t>(sizeof info)) return static_cast<int>(info.ssi_signo);
  if (got < 0 && errno != EAGAIN && errno != EINTR) throw_system_error(errno, "read", "signalfd");
  return 0;
}

std::optional<RunEnd> watch_plain(LaunchedRun& run, const FrontSignals& signals, const PlainOptions& options) {
  return PlainWatch(run, signals, options).watch();
}

}  // namespace pooltop
