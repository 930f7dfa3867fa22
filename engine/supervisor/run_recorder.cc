// SPDX-License-Identifier: MIT
#include "engine/supervisor/run_recorder.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "engine/base/text.h"
#include "engine/guardian/guardian.h"

namespace pooltop {
namespace {

constexpr Nanos kEvery = kSecond;

std::size_t workers_of(const Pipeline& pipeline) {
  std::size_t workers = 0;
  for (const auto& stage : pipeline.stages()) workers += stage->slots.size();
  return workers;
}

RecordedEvent recorded(const Event& event) {
  return {event.number,  format_utc_ms(event.wall_us), event.kind, event.stage, event.pid,
          event.item_id, printable(event.text)};
}

}  // namespace

void RunRecorder::start() {
  if (recorder_) return;
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  recorder_.emplace(Fd(::open(run_.options.run_dir.c_str(), flags)));
}

void RunRecorder::tick() {
  if (run_.now < next_) return;
  next_ = run_.now + kEvery;
  start();
  if (!recorder_->is_on()) return;
  const bool with_rows = recorder_->wants_rows(workers_of(run_.pipeline));
  take(observer_.snapshot(with_rows), with_rows);
}

void RunRecorder::end(const Snapshot& last) {
  start();
  take(last, true);
}

void RunRecorder::take(const Snapshot& snapshot, bool with_rows) {
  std::vector<RecordedEvent> events;
  for (const Event& event : run_.events)
    if (event.number > last_event_) events.push_back(recorded(event));
  if (!events.empty()) last_event_ = events.back().number;
  recorder_->take(snapshot, with_rows, events);
  if (recorder_->is_on() || told_) return;
  told_ = true;
  const std::string text =
      fmt::format("recording stopped, pooltop replay shows the run up to here: {}", recorder_->failure());
  std::fprintf(stderr, "%s %s\n", format_utc(wall_now_us()).c_str(), text.c_str());  // engine.log
  if (run_.options.fds.report >= 0) report_error(run_.options.fds.report, text);
}

}  // namespace pooltop
