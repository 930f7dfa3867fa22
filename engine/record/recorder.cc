// SPDX-License-Identifier: MIT
#include "engine/record/recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/model/json_fields.h"
#include "engine/model/snapshot_json.h"
#include "engine/record/json_change.h"
#include "engine/record/thin.h"

namespace pooltop {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFile = "samples";
constexpr const char* kNewFile = "samples.new";
constexpr std::size_t kRowsEachTime = 16;  // so many workers' rows are in every sample
constexpr int kMostCommon = 16;            // events of one sample
constexpr int kMostOthers = 64;

Fd open_anew(const Fd& directory, const char* name) {
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  return Fd(check(::openat(directory.get(), name, flags, 0600), "open", name));
}

void append_events(std::string& out, std::span<const RecordedEvent> events) {
  int common = 0;
  int others = 0;
  for (const RecordedEvent& event : events) {
    const bool fits = is_common(event.kind) ? ++common <= kMostCommon : ++others <= kMostOthers;
    if (!fits) continue;
    append_frame(out, FrameKind::Happening, line_of(to_json(event)));
  }
}

}  // namespace

Recorder::Recorder(Fd directory, RecorderLimits limits) : directory_(std::move(directory)), limits_(limits) {
  try {
    file_ = open_anew(directory_, kFile);
    write(first_line());
  } catch (const std::system_error& error) {
    stop(error.what());
  }
}

bool Recorder::wants_rows(std::size_t workers) const {
  return rows_.next == 0 || since_rows_ + 1 >= std::min(workers, kMostRows) / kRowsEachTime;
}

void Recorder::Series::append(std::string& out, std::uint64_t elapsed_ms, Json now) {
  static const Json nothing;
  const Json& base = is_key(next) ? nothing : bases[rank_of(base_of(next))];
  std::string payload;
  append_head(payload, {next, elapsed_ms});
  append_change(payload, now, base);
  append_frame(out, kind, payload);
  bases[rank_of(next)] = std::move(now);
  ++next;
}

void Recorder::take(const Snapshot& snapshot, bool with_rows, std::span<const RecordedEvent> events) {
  if (!is_on()) return;
  try {
    std::string out;
    append_events(out, events);
    const auto elapsed_ms = static_cast<std::uint64_t>(std::llround(std::max(snapshot.elapsed_s, 0.0) * 1000));
    Json head = to_json(snapshot);
    Json rows = std::move(head["workers"]);
    head.erase("workers");
    since_rows_ = with_rows ? 0 : since_rows_ + 1;
    if (rows.size() > kMostRows) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(kMostRows), rows.end());
    if (with_rows) rows_.append(out, elapsed_ms, std::move(rows));
    samples_.append(out, elapsed_ms, std::move(head));
    write(out);
    if (size_ > limits_.bytes) make_room();
  } catch (const std::system_error& error) {
    stop(error.what());
  } catch (const BadRecording& error) {  // somebody else wrote into it
    stop(error.what());
  }
}

void Recorder::write(std::string_view bytes) {
  try {
    write_all(file_.get(), bytes, kFile);
    size_ += bytes.size();
  } catch (const std::system_error&) {
    // Half a frame is as good as none to who reads; without it nobody has to wonder.
    [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
    throw;
  }
}

// Who reads the old file meanwhile has all of it.
void Recorder::make_room() {
  std::string all(size_, '\0');
  std::size_t have = 0;
  while (have < all.size()) {
    const ssize_t n = ::pread(file_.get(), all.data() + have, all.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    check(n, "read", kFile);
    if (n == 0) throw BadRecording("samples: it was cut by somebody else");
    have += static_cast<std::size_t>(n);
  }
  const std::string less = thinned(all, limits_.bytes, limits_.recent);
  Fd fresh = open_anew(directory_, kNewFile);
  try {
    write_all(fresh.get(), less, kNewFile);
    check(::renameat(directory_.get(), kNewFile, directory_.get(), kFile), "rename", kNewFile);
  } catch (const std::system_error&) {
    ::unlinkat(directory_.get(), kNewFile, 0);
    throw;
  }
  file_ = std::move(fresh);
  size_ = less.size();
}

void Recorder::stop(const std::string& why) {
  failure_ = why;
  file_.reset();
  samples_.bases = rows_.bases = {};
}

}  // namespace pooltop
