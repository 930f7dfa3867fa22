// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tui/state/worker_columns.h"

namespace pooltop {

/// One condition of a filter.
struct FilterTerm {
  enum class Kind : std::uint8_t {
    Word,     ///< anywhere in item, item id, stage or PID; or a state's whole name
    Text,     ///< in one column: its beginning, of an item any part
    Compare,  ///< a column's figure with a value
    Marked,
    Slow
  };
  enum class Order : std::uint8_t { Less, LessOrSame, Same, MoreOrSame, More };

  Kind kind = Kind::Word;
  bool negated = false;
  WorkerColumn column = WorkerColumn::Item;
  std::string text;  ///< in lower case
  Order order = Order::Same;
  double value = 0;
  bool operator==(const FilterTerm&) const = default;
};

/// What a table shows of its rows: those for which all terms are true.
struct Filter {
  std::string text;  ///< as it was typed
  std::vector<FilterTerm> terms;
  std::string complaint;  ///< about the first term that means nothing, with what might be meant; it filters nothing
  bool operator==(const Filter&) const = default;
};

/// Terms are separated by spaces, `!` in front negates one: words, `state:busy`, `stage:fetch`, `pid:218`, `item:"two
/// words"`, `try>1`, `item-t>=1m30s`, `rss>100M`, `is:marked`, `is:slow`. Quotes keep spaces in a term, and make a word
/// of what looks like a condition. Letters of ASCII fit either case. What is not finished yet, as "state:", filters
/// nothing and is no fault.
[[nodiscard]] Filter parse_filter(std::string_view text);

struct FilterSubject {
  const WorkerStatus& worker;
  bool marked = false;
  bool slow = false;
};
[[nodiscard]] bool matches(const Filter& filter, const FilterSubject& subject);
/// Whether the filter asks for marks, which cost a look at each.
[[nodiscard]] bool asks_for(const Filter& filter, FilterTerm::Kind kind);

}  // namespace pooltop
