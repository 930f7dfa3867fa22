// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/process/child.h"
#include "engine/region/failure.h"
#include "engine/region/link.h"
#include "engine/worker/worker_spec.h"

namespace pooltop::testing {

/// An engine for one worker: runs worker_main in a forked process, hands items over, collects answers. Everything waits
/// for events, 20 s at most (then it throws). Destroyed, it kills the worker.
class WorkerHarness {
 public:
  /// What became of an item.
  struct Answer {
    std::vector<std::string> outputs;
    std::optional<ItemFailure> failure;
    std::uint64_t written = 0;
  };

  /// A log file is made where the spec names none. `stream`: becomes the worker's WorkerFds::stream.
  explicit WorkerHarness(WorkerSpec spec, int stream = -1, std::uint64_t ring_bytes = 1 << 18);
  ~WorkerHarness();
  WorkerHarness(const WorkerHarness&) = delete;
  WorkerHarness& operator=(const WorkerHarness&) = delete;

  /// Hands items over as packets of `packet` items, with ids "0", "1", … and attempt 1.
  void give(const std::vector<std::string>& items, std::size_t packet = 64);
  void give_end();

  /// Until that many items are answered.
  void wait_answers(std::size_t count);
  /// Until that many items were emitted.
  void wait_emitted(std::size_t count);
  /// Until the process has ended; everything that it published is collected then.
  ProcessEnd wait_exit();
  /// give(), give_end(), wait_exit(): the answers in the order of the items.
  std::vector<Answer> run(const std::vector<std::string>& items, std::size_t packet = 64);
  /// Serves the worker until `condition` holds.
  void wait(const std::function<bool()>& condition, const char* what);

  std::map<std::size_t, Answer> answers;  ///< by the item's number
  std::vector<std::string> emitted;
  std::optional<std::pair<std::string, bool>> trouble;  ///< text, retry
  bool has_ended = false;                               ///< END came

  [[nodiscard]] pid_t pid() const { return worker_.pid; }
  [[nodiscard]] const Child& worker() const { return worker_; }
  [[nodiscard]] pid_t child() const { return link_.child(); }
  /// The number of the item that the worker named as in work.
  [[nodiscard]] std::optional<std::size_t> current() const;
  /// When its work began (CLOCK_MONOTONIC).
  [[nodiscard]] Nanos item_started() const { return link_.item_started(); }
  [[nodiscard]] std::string log() const;

 private:
  struct Packet {
    std::size_t first = 0;
    std::size_t count = 0;
    std::vector<std::string> items;
  };
  struct Sent {
    std::size_t first;
    std::size_t answered = 0;
  };
  bool push_some();
  bool push(const Packet& packet);
  bool collect();
  void take(const Published& record);
  Answer& next_answer(std::uint32_t sequence, std::uint32_t index);

  bool owns_log_;  // made here, because the spec named none
  WorkerSpec spec_;
  Link link_;
  Fd bell_;
  Fd wake_;
  Child worker_;
  std::optional<ProcessEnd> end_;
  std::size_t given_ = 0;
  std::size_t answered_ = 0;
  std::deque<Packet> to_push_;
  std::size_t part_offset_ = 0;  // of a large item that is on its way
  bool end_wanted_ = false;
  bool end_pushed_ = false;
  std::map<std::uint32_t, Sent> sent_;
  std::string part_;
};

/// A folder of this test alone, removed with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file in it and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace pooltop::testing
