// SPDX-License-Identifier: MIT
#include "tui/plain/failure.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "tui/plain/progress.h"

namespace pooltop {
namespace {

using nlohmann::json;

constexpr std::size_t kShownLines = 3;
constexpr std::size_t kShownBytes = 256;

std::vector<std::string> last_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t end = text.find_last_not_of("\r\n");
  end = end == std::string::npos ? 0 : end + 1;
  while (end > 0 && lines.size() < kShownLines) {
    const std::size_t newline = text.rfind('\n', end - 1);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    lines.insert(lines.begin(), printable(std::string_view(text).substr(begin, end - begin), kShownBytes));
    end = begin == 0 ? 0 : begin - 1;
  }
  return lines;
}

/// "try 3/3 exit 56 after 1.1s" of the last attempt.
std::string last_attempt(const json& record) {
  const json attempts = record.value("attempts", json::array());
  if (attempts.empty()) return "";
  const json& last = attempts.back();
  ExitStatus end;
  if (last.contains("exit") && last["exit"].is_number()) end.exit = last["exit"].get<int>();
  if (last.contains("signal") && last["signal"].is_number()) end.signal = last["signal"].get<int>();
  const std::string how = end.exit || end.signal ? describe(end) + " " : "";
  return fmt::format(" try {} {}after {:.1f}s", attempts.size(), how, last.value("elapsed_s", 0.0));
}

PlainLine make_line(const json& record) {
  const std::string stage = printable(record.value("stage", ""), kShownBytes);
  const std::string id = printable(record.value("id", ""), kShownBytes);
  const std::string error = printable(record.value("error", ""), kShownBytes);
  const auto lines = last_lines(record.value("stderr", ""));
  PlainLine line{"failed", fmt::format("FAIL {} #{}{}: {}", stage, id, last_attempt(record), error), ""};
  for (const std::string& text : lines) line.text += "\n    " + text;
  const nlohmann::ordered_json members{{"stage", stage},
                                       {"id", id},
                                       {"attempts", record.value("attempts", json::array()).size()},
                                       {"error", error},
                                       {"stderr", lines}};
  const std::string object = members.dump();
  line.members = object.substr(1, object.size() - 2);
  return line;
}

}  // namespace

std::optional<PlainLine> failure_line(std::string_view record) {
  try {
    const json parsed = json::parse(record);
    if (!parsed.is_object()) return std::nullopt;
    return make_line(parsed);
  } catch (const json::exception&) {
    return std::nullopt;  // a line still being written, or not ours: shown by `pooltop failed` when it is whole
  }
}

}  // namespace pooltop
