// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/fd.h"
#include "engine/model/snapshot.h"
#include "engine/record/frames.h"
#include "engine/record/recorded_event.h"

namespace pooltop {

/// A run's samples, read back. One thread: reading one sample keeps what the next needs.
class Recording {
 public:
  /// The bytes of a file `samples`; of one that was cut off anywhere, what is whole in front of the cut. Throws
  /// BadRecording for what is no recording, of a newer format, or without any sample.
  explicit Recording(std::string file);
  /// Reads the file `samples` in a run's directory as it is now; nullopt if there is none. Throws BadRecording,
  /// std::system_error.
  [[nodiscard]] static std::optional<Recording> of_run(const std::string& run_directory);
  /// A recording of one sample: what else is known of a run.
  [[nodiscard]] static Recording of_one(Snapshot snapshot);

  [[nodiscard]] std::size_t size() const { return samples_.places.size(); }
  /// When in the run's time a sample was taken; grows with i.
  [[nodiscard]] double elapsed_s(std::size_t i) const { return static_cast<double>(samples_.places.at(i).elapsed_ms) / 1000; }
  [[nodiscard]] double length_s() const { return elapsed_s(size() - 1); }
  /// The last sample at or before that time; the first one if there is none.
  [[nodiscard]] std::size_t at_time(double elapsed_s) const;

  /// The run as it was then; its workers are as they were then or, if there are many, up to a minute before. Throws
  /// BadRecording for a sample that says nothing sensible.
  [[nodiscard]] Snapshot at(std::size_t i, bool with_workers = true) const;

  struct Happened {
    std::size_t sample = 0;  ///< the first one that was taken after it
    RecordedEvent event;
  };
  /// In the order in which they happened.
  [[nodiscard]] const std::vector<Happened>& events() const { return events_; }

  /// Bytes at the end that are no whole frame: what was being written when the engine was killed, or damage.
  [[nodiscard]] std::size_t torn_bytes() const { return torn_; }
  /// Samples that cannot be read, as what they build on is missing.
  [[nodiscard]] std::size_t lost_samples() const { return lost_; }

 private:
  struct Place {
    std::uint64_t number = 0;
    std::uint64_t elapsed_ms = 0;
    std::size_t begin = 0;  // of its changes
    std::size_t end = 0;
  };
  struct Known {
    std::uint64_t number = 0;
    std::shared_ptr<const nlohmann::ordered_json> json;
  };
  struct Series {
    std::vector<Place> places;
    mutable std::array<Known, kRanks> known;
    /// False for one that cannot be read, as what it builds on is missing.
    [[nodiscard]] bool take(std::string_view payload, std::size_t begin);
    [[nodiscard]] const Place* find(std::uint64_t number) const;
    [[nodiscard]] std::shared_ptr<const nlohmann::ordered_json> read(const std::string& file, const Place& place) const;
  };
  struct Rows {
    std::uint64_t number = 0;
    std::vector<WorkerStatus> workers;
  };

  Recording() = default;
  void take(const Frame& frame);
  void take_event(std::string_view payload);
  [[nodiscard]] const std::vector<WorkerStatus>& workers_at(std::size_t i) const;

  std::string file_;
  Series samples_;
  Series rows_;
  std::vector<std::size_t> rows_so_far_;  // of each sample
  std::vector<Happened> events_;
  std::optional<Snapshot> only_;
  std::size_t torn_ = 0;
  std::size_t lost_ = 0;
  mutable std::optional<Rows> last_rows_;
};

}  // namespace pooltop
