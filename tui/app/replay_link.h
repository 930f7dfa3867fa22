// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/record/recording.h"
#include "tui/app/recorded_output.h"
#include "tui/app/run_link.h"

namespace pooltop {

/// What is replayed.
struct ReplaySource {
  std::shared_ptr<const Recording> recording;
  std::string logs_dir;
  std::string note;        ///< to be said at the start; may be empty
  bool is_report = false;  ///< the recording is the run's report, and nothing else
};

/// A recording instead of a run: time goes as fast as one likes, stands, or goes back. Takes the request "replay" with
/// what to "do" (play, step, speed, seconds, start, end) and how much ("by"), answers "tail" from the run's logs, and
/// refuses all else.
class ReplayLink : public RunLink {
 public:
  using Now = std::function<Nanos()>;
  explicit ReplayLink(ReplaySource source, Now clock = monotonic_now);

  [[nodiscard]] bool connect() override { return true; }
  [[nodiscard]] int fd() const override { return -1; }
  [[nodiscard]] bool wants_write() const override { return false; }
  [[nodiscard]] std::optional<Nanos> due() const override;
  [[nodiscard]] std::vector<Event> take_events() override;
  void send(const ControlRequest& request) override;
  void look_at(const std::vector<WorkerKey>&, Nanos) override {}  // every row of a sample is there
  [[nodiscard]] const Snapshot& snapshot() const override { return snapshot_; }
  [[nodiscard]] bool ended() const override { return false; }

 private:
  void go_on(Nanos now);
  void go_to(double position_s);
  void step(std::int64_t by);
  void play();
  [[nodiscard]] double speed() const;
  [[nodiscard]] bool at_end() const { return position_s_ >= recording_->length_s(); }
  [[nodiscard]] Replayed moved_to(std::size_t sample) const;
  void add_happened(std::size_t from, std::size_t to, std::vector<Done>& happened) const;

  std::shared_ptr<const Recording> recording_;
  RecordedOutput output_;
  Now clock_;
  ReplayState state_;
  std::string note_;
  Snapshot snapshot_;
  std::size_t at_ = 0;  // the sample that is shown
  double position_s_ = 0;
  Nanos position_at_ = 0;  // when it was there
  int doubled_ = 0;        // the speed: 2 to the power of this
  Nanos told_at_ = 0;
  bool is_new_ = true;  // something is to be told at once
  bool is_first_ = true;
  std::vector<Event> answers_;
};

}  // namespace pooltop
