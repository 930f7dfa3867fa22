// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/model/snapshot.h"
#include "tui/plain/event.h"
#include "tui/plain/line.h"

namespace pooltop {

/// Workers that the system lets nobody start, each tried again once a second. That it has begun is a problem, and told
/// as such (Progress); here is how it goes on, at most every 10 s for each stage, and that it is over. Pure.
class Refusals {
 public:
  /// What the engine tells of a start that was refused; other events are nothing here.
  void add(const EngineEvent& event);
  /// What is to be told with a snapshot: "START REFUSED work: still refused (40 times): clone worker: …", and
  /// "START REFUSED work: no longer, after 52 times in 13s".
  [[nodiscard]] std::vector<PlainLine> lines(const Snapshot& now);

 private:
  struct Refused {
    std::string text;               // of the last one
    std::set<std::string> reasons;  // without numbers
    std::uint64_t times = 0;
    std::uint64_t untold = 0;
    bool is_seen = false;  // by a snapshot before: the next one is newer than the event
    double since_s = 0;
    double told_s = 0;
  };
  std::map<std::string, Refused> refused_;  // by stage
};

}  // namespace pooltop
