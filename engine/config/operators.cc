// SPDX-License-Identifier: MIT
#include "engine/config/operators.h"

#include <algorithm>
#include <array>

namespace pooltop {

namespace {

constexpr auto kSleepArgs = std::to_array<OperatorArg>({
    {"seconds", ArgType::Duration, false, "how long"},
    {"min", ArgType::Duration, false, "with max: the shortest of a random time"},
    {"max", ArgType::Duration, false, "with min: the longest of a random time"},
});
constexpr auto kMatchArgs = std::to_array<OperatorArg>({
    {"regex", ArgType::Regex, true, "ECMAScript expression; it may match anywhere in the item"},
});
constexpr auto kPickArgs = std::to_array<OperatorArg>({
    {"pointer", ArgType::Pointer, true, "which value, as a JSON pointer: \"/user/name\""},
});
constexpr auto kFailArgs = std::to_array<OperatorArg>({
    {"every", ArgType::Count, true, "each so manieth item fails; 1 is every item"},
});

constexpr std::span<const OperatorArg> kNone;

constexpr auto kOperators = std::to_array<OperatorInfo>({
    {"identity", "passes the item on", kNone, ""},
    {"square", "a number times itself", kNone, ""},
    {"double", "a number times two", kNone, ""},
    {"sum_range", "item [a, b]: the sum of a, a+1 ... b-1, added one by one", kNone, ""},
    {"sleep", "waits, then passes the item on", kSleepArgs, "either \"seconds\", or \"min\" and \"max\""},
    {"read_file", "the content of the file that the item names", kNone, ""},
    {"count_words", "how many words the item has (what stands between blanks)", kNone, ""},
    {"match", "passes on the items that match, drops the others", kMatchArgs, ""},
    {"split_lines", "one item per line of the item", kNone, ""},
    {"json_pick", "one value of an item that is JSON: a text as it is, else compact JSON", kPickArgs, ""},
    {"fail", "fails items, passes the others on: to try out what a pipeline does then", kFailArgs, ""},
});

}  // namespace

std::span<const OperatorInfo> operators() noexcept { return kOperators; }

const OperatorInfo* find_operator(std::string_view name) noexcept {
  const auto* const it =
      std::find_if(kOperators.begin(), kOperators.end(), [&](const OperatorInfo& info) { return info.name == name; });
  return it == kOperators.end() ? nullptr : &*it;
}

std::string_view name_of(ArgType type) noexcept {
  switch (type) {
    case ArgType::Text:
      return "text";
    case ArgType::Regex:
      return "regex";
    case ArgType::Pointer:
      return "JSON pointer";
    case ArgType::Count:
      return "count";
    case ArgType::Duration:
      return "duration";
  }
  return "";
}

}  // namespace pooltop
