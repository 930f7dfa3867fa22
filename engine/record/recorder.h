// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "engine/base/fd.h"
#include "engine/model/snapshot.h"
#include "engine/record/frames.h"
#include "engine/record/recorded_event.h"

namespace pooltop {

struct RecorderLimits {
  std::size_t bytes = 4u << 20;  ///< of the file; when it is larger, samples are left out until it is half of that
  std::size_t recent = 300;      ///< the last so many samples are kept, however long the run
};

/// Writes a run's samples into the file `samples` of its directory. Bounded, whatever the run does: the older a sample
/// is, the sooner it goes, but from the first to the last the whole run stays. Needs the file's bytes twice while it
/// makes room. Never throws for what the disk refuses: it stops then, and says why.
class Recorder {
 public:
  static constexpr std::size_t kMostRows = 2000;  ///< of workers in a sample; those beyond are not recorded

  /// Makes the file anew. `directory`: the run's, opened.
  explicit Recorder(Fd directory, RecorderLimits limits = {});

  [[nodiscard]] bool is_on() const { return file_.get() >= 0; }
  /// Why it stopped; empty while it goes on.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  /// Whether the next sample should come with the rows of all workers, of which there are so many: always for a few,
  /// once a minute for a thousand, whose rows would take all the room that there is.
  [[nodiscard]] bool wants_rows(std::size_t workers) const;

  /// The run as it is now, and what happened since the last sample. Without rows `snapshot.workers` is not looked at.
  void take(const Snapshot& snapshot, bool with_rows, std::span<const RecordedEvent> events);

 private:
  /// What was written of one series, as far as what comes next builds on it.
  struct Series {
    FrameKind kind;
    std::uint64_t next = 0;
    std::array<nlohmann::ordered_json, kRanks> bases = {};
    void append(std::string& out, std::uint64_t elapsed_ms, nlohmann::ordered_json now);
  };

  void write(std::string_view bytes);
  void make_room();
  void stop(const std::string& why);

  Fd directory_;
  Fd file_;
  RecorderLimits limits_;
  std::size_t size_ = 0;
  Series samples_{FrameKind::Sample};
  Series rows_{FrameKind::Rows};
  std::uint64_t since_rows_ = 0;
  std::string failure_;
};

}  // namespace pooltop
