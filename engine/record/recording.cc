// SPDX-License-Identifier: MIT
#include "engine/record/recording.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/model/snapshot_json.h"
#include "engine/record/json_change.h"

namespace pooltop {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 64u << 20;  // many times what a recorder leaves

}  // namespace

Recording::Recording(std::string file) : file_(std::move(file)) {
  const std::size_t end = for_each_frame(file_, [this](const Frame& frame) { take(frame); });
  torn_ = file_.size() - end;
  if (size() == 0) throw BadRecording("there is no whole sample in it");
}

std::optional<Recording> Recording::of_run(const std::string& run_directory) {
  const std::string path = run_directory + "/samples";
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  check(file.get(), "open", path);
  auto bytes = read_to_end(file.get(), kMostBytes, path);
  if (!bytes) throw BadRecording(fmt::format("{}: larger than any recording", path));
  try {
    return Recording(std::move(*bytes));
  } catch (const BadRecording& error) {
    throw BadRecording(fmt::format("{}: {}", path, error.what()));
  }
}

Recording Recording::of_one(Snapshot snapshot) {
  Recording one;
  one.samples_.places.emplace_back().elapsed_ms =
      static_cast<std::uint64_t>(std::llround(std::clamp(snapshot.elapsed_s, 0.0, 1e12) * 1000));
  one.only_ = std::move(snapshot);
  return one;
}

void Recording::take(const Frame& frame) {
  const auto begin = static_cast<std::size_t>(frame.payload.data() - file_.data());
  switch (frame.kind) {
    case FrameKind::Sample:
      if (samples_.take(frame.payload, begin))
        rows_so_far_.push_back(rows_.places.size());
      else
        ++lost_;
      return;
    case FrameKind::Rows:
      if (!rows_.take(frame.payload, begin)) ++lost_;
      return;
    case FrameKind::Happening:
      return take_event(frame.payload);
  }
}

bool Recording::Series::take(std::string_view payload, std::size_t begin) {
  const std::size_t end = begin + payload.size();
  SampleHead head;
  try {
    head = read_head(payload);
  } catch (const BadRecording&) {
    return false;
  }
  const bool in_order =
      places.empty() || (head.number > places.back().number && head.elapsed_ms >= places.back().elapsed_ms);
  if (!in_order || (!is_key(head.number) && !find(base_of(head.number)))) return false;
  places.push_back({head.number, head.elapsed_ms, end - payload.size(), end});
  return true;
}

void Recording::take_event(std::string_view payload) {
  const auto object = nlohmann::json::parse(payload, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return;
  try {
    events_.push_back({size(), recorded_event_from_json(object)});
  } catch (const nlohmann::json::exception&) {  // of a newer version: the samples are what matters
  }
}

std::size_t Recording::at_time(double elapsed_s) const {
  const auto& places = samples_.places;
  const auto after = std::upper_bound(places.begin(), places.end(), elapsed_s * 1000, [](double ms, const Place& place) {
    return ms < static_cast<double>(place.elapsed_ms);
  });
  return after == places.begin() ? 0 : static_cast<std::size_t>(after - places.begin()) - 1;
}

const Recording::Place* Recording::Series::find(std::uint64_t number) const {
  const auto place = std::lower_bound(places.begin(), places.end(), number,
                                      [](const Place& a, std::uint64_t wanted) { return a.number < wanted; });
  return place != places.end() && place->number == number ? &*place : nullptr;
}

// At most kRanks deep: each base has fewer bits.
std::shared_ptr<const Json> Recording::Series::read(const std::string& file, const Place& place) const {
  static const auto nothing = std::make_shared<const Json>();
  Known& kept = known[rank_of(place.number)];
  if (kept.json && kept.number == place.number) return kept.json;
  const auto base = is_key(place.number) ? nothing : read(file, *find(base_of(place.number)));
  std::string_view bytes = std::string_view(file).substr(place.begin, place.end - place.begin);
  kept = {place.number, std::make_shared<const Json>(read_change(bytes, *base))};
  return kept.json;
}

const std::vector<WorkerStatus>& Recording::workers_at(std::size_t i) const {
  static const std::vector<WorkerStatus> none;
  const std::size_t so_far = rows_so_far_.at(i);
  if (so_far == 0) return none;
  const Place& place = rows_.places.at(so_far - 1);
  if (!last_rows_ || last_rows_->number != place.number) {
    const nlohmann::json object{{"workers", nlohmann::json(*rows_.read(file_, place))}};
    last_rows_ = Rows{place.number, snapshot_from_json(object).workers};
  }
  return last_rows_->workers;
}

Snapshot Recording::at(std::size_t i, bool with_workers) const {
  if (only_) return *only_;
  const Place& place = samples_.places.at(i);
  try {
    Snapshot snapshot = snapshot_from_json(nlohmann::json(*samples_.read(file_, place)));
    if (with_workers) snapshot.workers = workers_at(i);
    return snapshot;
  } catch (const nlohmann::json::exception& error) {
    throw BadRecording(fmt::format("a sample is no status: {}", error.what()));
  }
}

}  // namespace pooltop
