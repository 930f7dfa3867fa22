// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pooltop {

/// One try of an item that failed in the end.
struct FailedAttempt {
  pid_t pid = 0;
  std::optional<int> exit;
  std::optional<int> signal;
  std::string started_at;  ///< "2026-01-31T12:00:00Z"
  double elapsed_s = 0;
  bool operator==(const FailedAttempt&) const = default;
};

struct FailedItem {
  std::string id;
  std::string stage;
  std::string item;  ///< its bytes, whole
  std::vector<FailedAttempt> attempts;
  std::string error;
  std::string standard_error;  ///< "stderr" in the file: the last 4 KiB
  bool operator==(const FailedItem&) const = default;
};

/// {"id", "stage", "item" (or "base64" where the bytes are not UTF-8), "attempts", "error", "stderr"}.
[[nodiscard]] nlohmann::ordered_json to_json(const FailedItem& item);
/// Throws nlohmann::json::exception (or std::invalid_argument for bad base64) unless it has that shape.
[[nodiscard]] FailedItem failed_item_from_json(const nlohmann::json& object);

/// Adds one record to the end of failed.jsonl with one write (O_APPEND). A line that a crash had cut off is closed
/// first, so the new one stands alone. Creates the file with mode 0600; throws std::system_error.
void append_failed(const std::string& file, const FailedItem& item);

/// Calls `each` for every record, in order. Lines that are no record (a torn last one, rubbish) are counted, not
/// given: the count is returned. No file is no records; throws std::system_error.
std::size_t for_each_failed(const std::string& file, const std::function<void(FailedItem)>& each);
/// All of them; for lists that fit in memory.
[[nodiscard]] std::vector<FailedItem> read_failed(const std::string& file);

/// Ids are unique together with the stage.
using FailedKey = std::pair<std::string, std::string>;  // stage, id
/// Writes the file anew without `keys`, in one step (write FILE.new, rename): a crash leaves the old or the new one.
/// Returns how many records went. Lines that are no record go too. Throws std::system_error.
std::size_t remove_failed(const std::string& file, const std::vector<FailedKey>& keys);

}  // namespace pooltop
