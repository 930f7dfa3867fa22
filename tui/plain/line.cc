// SPDX-License-Identifier: MIT
#include "tui/plain/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "engine/base/text.h"

namespace pooltop {

std::string without_digits(const std::string& text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept), [](char c) { return c < '0' || c > '9'; });
  return kept;
}

void add_output(PlainLine& line, const std::vector<std::string>& output) {
  constexpr std::size_t kShownOfLine = 256;
  auto texts = nlohmann::ordered_json::array();
  for (const std::string& text : output) {
    texts.push_back(printable(text, kShownOfLine));
    line.text += "\n    " + printable(text, kShownOfLine);
  }
  if (!output.empty()) line.members += fmt::format("{}\"output\":{}", line.members.empty() ? "" : ",", texts.dump());
}

std::string as_text(const PlainLine& line, const std::string& run, std::int64_t wall_us) {
  constexpr std::size_t kDate = 11;  // "2026-01-31T": the reader of progress lines knows the day
  return fmt::format("{} {} {}\n", format_utc(wall_us).substr(kDate), run, line.text);
}

std::string as_json(const PlainLine& line, const std::string& run, std::int64_t wall_us) {
  const std::string head =
      nlohmann::ordered_json{{"event", line.event}, {"time", format_utc_ms(wall_us)}, {"run", run}}.dump();
  return fmt::format("{}{}{}}}\n", std::string_view(head).substr(0, head.size() - 1), line.members.empty() ? "" : ",",
                     line.members);
}

}  // namespace pooltop
