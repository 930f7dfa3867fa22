// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace pooltop {

/// What became of one item in one stage, as the control socket tells it (docs/control-protocol.md: item, retrying).

/// One try that has ended.
struct ItemTry {
  std::uint32_t attempt = 1;
  pid_t pid = 0;                      ///< the worker's; of the failed list: of the process that did the work
  std::optional<pid_t> child_pid;     ///< the process that did the work for the worker
  std::optional<std::uint32_t> slot;  ///< not known of the failed list's
  std::string started_at;
  double elapsed_s = 0;
  std::string end;  ///< done, failed, timed_out, crashed, killed, restarted, interrupted
  std::optional<int> exit;
  std::optional<int> signal;
  std::string error;
  std::string standard_error;  ///< "stderr": the last 512 bytes, as they were written
  bool after_retry = false;    ///< it had failed for good before, and a user gave it back
  bool operator==(const ItemTry&) const = default;
};

/// Where an item is now, or the end that it came to.
struct ItemNow {
  std::string state = "unknown";  ///< queued, in_work, handed, retrying, held, done, failed, unknown
  std::uint32_t attempt = 0;      ///< the try that is to come, or under way
  std::uint32_t max_attempts = 0;
  std::optional<double> age_s;       ///< queued: for how long
  std::optional<double> next_try_s;  ///< retrying
  std::optional<double> elapsed_s;   ///< in_work
  std::optional<pid_t> pid;          ///< the worker that has it, or had it when it was done
  std::optional<std::uint32_t> slot;
  std::string worker_started_at;
  std::string at;     ///< when it was done, or failed
  std::string error;  ///< failed: for good, with that
  bool after_retry = false;
  bool operator==(const ItemNow&) const = default;
};

struct ItemWay {
  std::string stage;
  std::string id;
  std::string item;  ///< its first 4 KiB, printable
  std::uint64_t bytes = 0;
  std::vector<ItemTry> tries;        ///< the last ones
  std::uint64_t tries_left_out = 0;  ///< before those
  ItemNow now;
  bool operator==(const ItemWay&) const = default;
};

/// An item that failed a try and has another one to come, or under way.
struct RetryingItem {
  std::string stage;
  std::string id;
  std::string item;  ///< its first 256 bytes, printable
  std::uint64_t bytes = 0;
  ItemNow now;
  std::string error;  ///< of its last try
  std::string standard_error;
  bool operator==(const RetryingItem&) const = default;
};

[[nodiscard]] nlohmann::ordered_json to_json(const ItemWay& way);
[[nodiscard]] nlohmann::ordered_json to_json(const RetryingItem& item);
/// Members that are missing, or null, keep their defaults. Throw nlohmann::json::exception for a wrong type.
[[nodiscard]] ItemWay item_way_from_json(const nlohmann::json& object);
[[nodiscard]] RetryingItem retrying_item_from_json(const nlohmann::json& object);

}  // namespace pooltop
