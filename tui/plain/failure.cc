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

/// " try 3 exit 56 after 1.1s" of the last attempt.
std::string last_attempt(const FailedItem& item) {
  if (item.attempts.empty()) return "";
  const FailedAttempt& last = item.attempts.back();
  const std::string how = last.exit || last.signal ? describe(ExitStatus{last.exit, last.signal, ""}) + " " : "";
  return fmt::format(" try {} {}after {:.1f}s", item.attempts.size(), how, last.elapsed_s);
}

}  // namespace

PlainLine failure_line(const FailedItem& item) {
  const std::string stage = printable(item.stage, kShownBytes);
  const std::string id = printable(item.id, kShownBytes);
  const std::string error = printable(item.error, kShownBytes);
  const auto lines = last_lines(item.standard_error);
  // "exited with 4: no such host" behind "exit 4 after 0.1s" would say the same twice.
  std::string reason = error;
  if (!item.attempts.empty() && item.attempts.back().exit)
    if (const std::string again = fmt::format("exited with {}: ", *item.attempts.back().exit);
        reason.starts_with(again))
      reason.erase(0, again.size());
  PlainLine line{"failed", fmt::format("FAIL {} #{}{}: {}", stage, id, last_attempt(item), reason), ""};
  const bool is_said = lines.size() == 1 && error.find(lines[0]) != std::string::npos;
  for (const std::string& text : lines)
    if (!is_said) line.text += "\n    " + text;
  const nlohmann::ordered_json members{
      {"stage", stage}, {"id", id}, {"attempts", item.attempts.size()}, {"error", error}, {"stderr", lines}};
  const std::string object = members.dump();
  line.members = object.substr(1, object.size() - 2);
  return line;
}

}  // namespace pooltop
