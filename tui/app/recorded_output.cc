// SPDX-License-Identifier: MIT
#include "tui/app/recorded_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "engine/base/clock.h"
#include "engine/control/logs.h"

namespace pooltop {
namespace {

constexpr std::size_t kReadBytes = 64u << 20;
constexpr std::size_t kTextBytes = 16u << 20;
constexpr std::size_t kMostRecorded = 50'000;
constexpr std::int64_t kLines = 500;  // of an answer, where the request does not say

template <typename Value>
Value param(const ControlRequest& request, std::string_view name, Value otherwise) {
  for (const auto& [key, value] : request.params)
    if (key == name)
      if (const auto* held = std::get_if<Value>(&value)) return *held;
  return otherwise;
}

std::string_view name_of_kind(LogKind kind) {
  switch (kind) {
    case LogKind::Out:
      return "out";
    case LogKind::Err:
      return "err";
    case LogKind::Note:
      break;
  }
  return "note";
}

std::size_t count_of(const std::string& cursor) {
  std::size_t count = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), count);
  return count;
}

}  // namespace

// What a worker's children wrote has their PIDs: a worker that was there is meant with all that came through it.
void RecordedOutput::load(pid_t pid, const std::string& stage, const Snapshot& then) {
  const std::string key = fmt::format("{} {}", pid, stage);
  if (key == loaded_) return;
  lines_.clear();
  loaded_ = key;
  LogQuery query;
  query.stage = stage;
  query.pid = pid;
  query.lines = kMostRecorded;
  query.bytes = kTextBytes;
  query.read_bytes = kReadBytes;
  for (const WorkerStatus& worker : then.workers) {
    if (pid == 0 || worker.pid != pid) continue;
    query.stage = worker.stage;
    query.slot = worker.slot;
    query.pid = 0;
    query.since = worker.started_at.substr(0, worker.started_at.find('Z'));
  }
  const LogAnswer answer = read_logs(logs_dir_, query);
  skipped_ = answer.skipped;
  for (const LogLine& line : answer.lines)
    lines_.push_back({line.time, line.pid, line.stage, std::string(name_of_kind(line.kind)), line.text, line.slot});
}

Answered RecordedOutput::tail(const ControlRequest& request, const Snapshot& then, std::int64_t until_us) {
  Answered answer;
  answer.id = request.id;
  try {
    load(static_cast<pid_t>(param<std::int64_t>(request, "pid", 0)), param<std::string>(request, "stage", ""), then);
  } catch (const std::system_error& error) {
    answer.error = error.what();
    return answer;
  }
  const std::string until = format_utc_ms(until_us);
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), until,
                                      [](const std::string& time, const OutputLine& line) { return time < line.time; });
  const auto count = static_cast<std::size_t>(after - lines_.begin());
  if (count == 0 && skipped_)
    answer.error = fmt::format("too long ago to be at hand: pooltop logs {} has all that is left", then.run);
  std::size_t from = std::min(count_of(param<std::string>(request, "cursor", "")), count);
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(param<std::int64_t>(request, "lines", kLines), 0));
  if (count - from > most) from = count - most;
  answer.lines.assign(lines_.begin() + static_cast<std::ptrdiff_t>(from), after);
  answer.cursor = fmt::format("{}", count);
  return answer;
}

}  // namespace pooltop
