// SPDX-License-Identifier: MIT
#include "tui/app/replay_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace pooltop {
namespace {

constexpr Nanos kFrame = 100 * kMillisecond;  // no more often than that, however fast it is played
constexpr std::size_t kMostPassed = 600;
constexpr std::size_t kMostHappened = 200;
constexpr int kSlowest = -2;
constexpr int kFastest = 10;

std::string text_of(const RecordedEvent& event) {
  std::string kind = event.kind;
  std::replace(kind.begin(), kind.end(), '_', ' ');
  return fmt::format("{} in {}{}{}: {}", kind, event.stage, event.item_id.empty() ? "" : " #" + event.item_id,
                     event.pid == 0 ? "" : fmt::format(" pid {}", event.pid), event.text);
}

// "12:00:43" of "2026-01-31T12:00:43.120Z".
std::string time_of_day(const std::string& time) { return time.size() > 19 ? time.substr(11, 8) : time; }

std::string what_to_do(const ControlRequest& request) {
  for (const auto& [key, value] : request.params)
    if (const auto* text = std::get_if<std::string>(&value); text && key == "do") return *text;
  return "";
}

std::int64_t by_how_much(const ControlRequest& request) {
  for (const auto& [key, value] : request.params)
    if (const auto* number = std::get_if<std::int64_t>(&value); number && key == "by") return *number;
  return 0;
}

}  // namespace

ReplayLink::ReplayLink(ReplaySource source, Now clock)
    : recording_(std::move(source.recording)),
      output_(std::move(source.logs_dir)),
      clock_(std::move(clock)),
      note_(std::move(source.note)),
      snapshot_(recording_->at(0)),
      position_s_(recording_->elapsed_s(0)),
      position_at_(clock_()) {
  state_.is_report = source.is_report;
  state_.length_s = recording_->length_s();
  state_.paused = recording_->size() == 1;
}

double ReplayLink::speed() const { return std::ldexp(1.0, doubled_); }

void ReplayLink::go_on(Nanos now) {
  if (!state_.paused) position_s_ += static_cast<double>(now - position_at_) / 1e9 * speed();
  position_at_ = now;
  if (!at_end()) return;
  position_s_ = recording_->length_s();
  if (!state_.paused) is_new_ = true;
  state_.paused = true;
}

// The next sample, or the next second on the screen's clock.
std::optional<Nanos> ReplayLink::due() const {
  if (is_new_ || !answers_.empty()) return 0;
  if (state_.paused) return std::nullopt;
  double next = std::floor(position_s_) + 1;
  if (at_ + 1 < recording_->size()) next = std::min(next, recording_->elapsed_s(at_ + 1));
  const double wait_s = std::max(next - position_s_, 0.0) / speed();
  return std::max(position_at_ + static_cast<Nanos>(wait_s * 1e9), told_at_ + kFrame);
}

void ReplayLink::add_happened(std::size_t from, std::size_t to, std::vector<Done>& happened) const {
  for (const auto& [sample, event] : recording_->events())
    if (sample >= from && sample <= to) happened.push_back({time_of_day(event.time), text_of(event), ""});
  if (happened.size() > kMostHappened)
    happened.erase(happened.begin(), happened.end() - static_cast<std::ptrdiff_t>(kMostHappened));
}

Replayed ReplayLink::moved_to(std::size_t sample) const {
  Replayed out;
  out.jumped = is_first_ || sample < at_ || sample - at_ > kMostPassed;
  std::size_t from = out.jumped ? recording_->at_time(recording_->elapsed_s(sample) - History::kSeconds) : at_ + 1;
  if (sample - std::min(from, sample) > kMostPassed) from = sample - kMostPassed;
  for (std::size_t i = from; i < sample; ++i) out.passed.push_back(recording_->at(i, /*with_workers=*/false));
  if (out.jumped)
    add_happened(0, sample, out.happened);
  else if (sample > at_)
    add_happened(at_ + 1, sample, out.happened);
  return out;
}

std::vector<Event> ReplayLink::take_events() {
  const Nanos now = clock_();
  go_on(now);
  std::vector<Event> events = std::exchange(answers_, {});
  const std::size_t sample = recording_->at_time(position_s_);
  const bool moved = is_first_ || sample != at_;
  Replayed replayed = moved_to(sample);
  if (moved) {
    snapshot_ = recording_->at(sample);
    at_ = sample;
  }
  const ReplayState before = std::exchange(state_, {position_s_, state_.length_s, speed(), state_.paused, state_.is_report});
  replayed.replay = state_;
  replayed.note = std::exchange(note_, "");
  const bool was_asked = std::exchange(is_new_, false);
  is_first_ = false;
  told_at_ = now;
  if (!moved && !was_asked && state_ == before && replayed.note.empty()) return events;
  events.emplace_back(std::move(replayed));
  if (moved) events.emplace_back(DataArrived{});
  return events;
}

void ReplayLink::go_to(double position_s) {
  position_s_ = std::clamp(position_s, recording_->elapsed_s(0), recording_->length_s());
}

void ReplayLink::step(std::int64_t by) {
  state_.paused = true;
  const std::size_t here = recording_->at_time(position_s_);
  const auto last = static_cast<std::int64_t>(recording_->size()) - 1;
  const auto to = std::clamp<std::int64_t>(static_cast<std::int64_t>(here) + by, 0, last);
  position_s_ = recording_->elapsed_s(static_cast<std::size_t>(to));
}

// At the end playing begins again.
void ReplayLink::play() {
  if (state_.paused && at_end()) go_to(0);
  state_.paused = !state_.paused && !at_end();
  if (recording_->size() == 1) state_.paused = true;
}

void ReplayLink::send(const ControlRequest& request) {
  if (request.command == "tail") {
    // The start is known to the second: what was written in the same second is shown.
    const std::int64_t started = parse_utc(snapshot_.started_at);
    const auto elapsed_us = static_cast<std::int64_t>(snapshot_.elapsed_s * 1e6);
    answers_.emplace_back(output_.tail(request, snapshot_, started + elapsed_us + 999'999));
    return;
  }
  if (request.command != "replay") {
    answers_.emplace_back(Answered{request.id, fmt::format("\"{}\" is not recorded", request.command), {}, ""});
    return;
  }
  go_on(clock_());
  const std::string what = what_to_do(request);
  const std::int64_t by = by_how_much(request);
  is_new_ = true;
  if (what == "play") return play();
  if (what == "step") return step(by);
  if (what == "speed") doubled_ = std::clamp(doubled_ + static_cast<int>(by), kSlowest, kFastest);
  if (what == "seconds") return go_to(position_s_ + static_cast<double>(by));
  if (what == "start") return go_to(0);
  if (what == "end") {
    state_.paused = true;
    go_to(recording_->length_s());
  }
}

}  // namespace pooltop
