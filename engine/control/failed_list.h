// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/model/item_match.h"
#include "engine/model/item_way.h"

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
  std::string item;  ///< its bytes: whole, unless `whole_bytes` says otherwise
  std::vector<FailedAttempt> attempts;
  std::string error;
  std::string standard_error;     ///< "stderr" in the file: the last 4 KiB
  std::uint64_t whole_bytes = 0;  ///< not 0: `item` is only the beginning of so many
  bool operator==(const FailedItem&) const = default;
};

/// {"id", "stage", "item" (or "base64" where the bytes are not UTF-8), "attempts", "error", "stderr"}; where `item` is
/// only a beginning "bytes" too.
[[nodiscard]] nlohmann::ordered_json to_json(const FailedItem& item);
/// Throws nlohmann::json::exception (or std::invalid_argument for bad base64) unless it has that shape.
[[nodiscard]] FailedItem failed_item_from_json(const nlohmann::json& object);

/// The way of such an item, where nobody knows more of it any more: its tries have no slots, and the last one alone has
/// its error and what it wrote.
[[nodiscard]] ItemTry to_model(const FailedAttempt& attempt, std::size_t number);
[[nodiscard]] ItemWay way_of(const FailedItem& item);

/// As it is looked for.
[[nodiscard]] MatchedItem matched(const FailedItem& item);

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

/// Pages of failed.jsonl that do not cost the whole file each time: where each record begins is remembered, and only
/// what was added since the last look is looked at. A file that was written anew (remove_failed) is read anew.
class FailedPages {
 public:
  /// What one page may hold, beside its first record, where nothing else is said.
  static constexpr std::uint64_t kPageBytes = 16u << 20;
  /// What is shown of an item where items are wanted in brief.
  static constexpr std::size_t kBriefBytes = 256;
  enum class Detail : std::uint8_t { Whole, Brief };
  static constexpr Nanos kSearchTime = 20 * kMillisecond;

  explicit FailedPages(std::string file, std::uint64_t page_bytes = kPageBytes)
      : file_(std::move(file)), page_bytes_(page_bytes) {}

  struct Page {
    std::uint64_t total = 0;     ///< records that `stage` has; of a search: that were found so far
    std::uint64_t searched = 0;  ///< of a search: how many records were looked at …
    std::uint64_t records = 0;   ///< … of so many
    std::vector<FailedItem> items;
  };
  /// Records [offset, offset + limit) of a stage, or of all where `stage` is empty; less than `limit` also where they
  /// are large: in brief they are remembered, so that the same question again gets more of them. Throws
  /// std::system_error.
  [[nodiscard]] Page read(std::uint64_t offset, std::uint64_t limit, std::string_view stage = {},
                          Detail detail = Detail::Whole);
  /// The same of those that fit `match` (as somebody typed it), which have to be looked for: in one call for
  /// kSearchTime at most, so the same question again finds more of them until `searched` is `records`. Items are in
  /// brief.
  [[nodiscard]] Page search(std::uint64_t offset, std::uint64_t limit, std::string_view stage, std::string_view match);
  /// The last record of this item.
  [[nodiscard]] std::optional<FailedItem> find(std::string_view stage, std::string_view id);

 private:
  struct Record {
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
    std::uint32_t stage = 0;
    std::size_t key = 0;  // hash of stage and id
  };
  // One question that was asked, as far as it is answered.
  struct Search {
    std::string stage;
    std::string match;
    std::size_t searched = 0;
    std::vector<std::size_t> found;  // places of records
  };
  void refresh();
  [[nodiscard]] Search& search_for(std::string_view stage, std::string_view match);
  void add(std::string_view line, std::uint64_t begin);
  [[nodiscard]] std::optional<FailedItem> load(const Record& record) const;
  [[nodiscard]] std::optional<FailedItem> brief(std::size_t record, std::uint64_t& read_bytes);

  std::string file_;
  std::uint64_t page_bytes_;
  Fd fd_;                  // held, so that another file cannot get its inode
  std::uint64_t end_ = 0;  // behind the last whole line that was looked at
  std::vector<Record> records_;
  std::map<std::string, std::uint32_t, std::less<>> stages_;
  std::vector<std::uint64_t> counts_;                        // records of each stage
  std::map<std::size_t, std::optional<FailedItem>> briefs_;  // of large records, by their place
  std::vector<Search> searches_;                             // the one asked for last at the end
};

}  // namespace pooltop
