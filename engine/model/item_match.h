// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// What is known of an item that failed, to find it by.
struct MatchedItem {
  std::string_view stage;
  std::string_view id;
  std::string_view item;   ///< its bytes, or as many as are known
  std::string_view error;  ///< of its last try
  std::string_view standard_error;
};

/// Which items somebody looks for: terms separated by spaces, all of which must be true. A word is anywhere in the
/// item, its stage, its error or what it wrote, or is its id with or without `#`; `stage:fetch` (its beginning),
/// `id:2988` (the whole), `item:`, `error:` and `stderr:` (any part) are about one of them. `!` in front turns a term
/// round, quotes keep spaces in it. ASCII letters fit either case. Other names in front of a `:` make words.
class ItemMatch {
 public:
  ItemMatch() = default;
  explicit ItemMatch(std::string_view text);
  /// All items fit.
  [[nodiscard]] bool is_empty() const noexcept { return terms_.empty(); }
  [[nodiscard]] bool fits(const MatchedItem& item) const;

 private:
  enum class Field : std::uint8_t { Any, Stage, Id, Item, Error, StandardError };
  struct One {
    Field field = Field::Any;
    bool negated = false;
    std::string text;  // in lower case
  };
  [[nodiscard]] static bool is_true(const One& term, const MatchedItem& item);
  std::vector<One> terms_;
};

}  // namespace pooltop
