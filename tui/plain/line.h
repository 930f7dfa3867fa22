// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pooltop {

/// One event of a run without a screen, as `--plain` and as `--json-lines` print it. Whole lines, printable UTF-8.
struct PlainLine {
  std::string event;    ///< "started", "progress", "failed", "wait", "problem", "state", "ended", or an event's kind
  std::string text;     ///< without time and run; more than one line: the others are indented
  std::string members;  ///< of the JSON object, without braces; may be empty
};

/// What comes again with other numbers in it is the same.
[[nodiscard]] std::string without_digits(const std::string& text);

/// Adds the last lines that a worker wrote, made printable: below the text, and as the member "output".
void add_output(PlainLine& line, const std::vector<std::string>& output);

/// "12:00:10Z crawl 402/9000 …\n".
[[nodiscard]] std::string as_text(const PlainLine& line, const std::string& run, std::int64_t wall_us);
/// {"event": "progress", "time": "2026-01-31T12:00:10.000Z", "run": "crawl", …} and a newline.
[[nodiscard]] std::string as_json(const PlainLine& line, const std::string& run, std::int64_t wall_us);

}  // namespace pooltop
