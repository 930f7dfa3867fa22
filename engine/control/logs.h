// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// What a line of a worker's log is: written to stdout, to stderr, or by pooltop itself.
enum class LogKind : std::uint8_t { Out, Err, Note };

struct LogLine {
  std::string time;  ///< "2026-01-31T12:00:43.655Z"
  pid_t pid = 0;
  LogKind kind = LogKind::Note;
  std::string text;  ///< raw bytes, no newline: escape it before it is shown
  std::string stage;
  std::uint32_t slot = 0;
  bool operator==(const LogLine&) const = default;
};

/// "2026-01-31T12:00:43.655Z 4242 err TEXT"; nullopt for what is none. stage and slot are not in it.
[[nodiscard]] std::optional<LogLine> parse_log_line(std::string_view line);
/// With its newline; newlines in the text are written as "\n", so that one entry is one line.
[[nodiscard]] std::string format_log_line(const LogLine& line);

struct LogQuery {
  std::string stage = {};                  ///< empty: all
  std::optional<std::uint32_t> slot = {};  ///< with `stage`: of one slot
  pid_t pid = 0;                           ///< 0: all; else what it wrote; with `slot` its last child too
  std::string since = {};                  ///< empty: all; else from this time on, "2026-01-31T12:00:43" or finer
  std::size_t lines = 100;                 ///< at most
  std::size_t bytes = 256 * 1024;          ///< at most, of the lines' texts
  std::size_t read_bytes = 4u << 20;       ///< at most, of the files; the default is what the engine may take time for
  std::string cursor = {};                 ///< empty: the last lines; else what was written since that answer
};

struct LogAnswer {
  std::vector<LogLine> lines;  ///< by time; lines of one worker in the order it wrote them
  std::string cursor;          ///< to go on from
  bool skipped = false;        ///< older lines were left out
};

/// Reads `logs_dir` (STAGE.SLOT.log and the rotated STAGE.SLOT.log.1) and nothing else; a missing directory is no
/// lines. A line without its newline is still being written and comes with a later answer. A cursor that is none
/// throws std::invalid_argument. Files are opened without following
/// links. Safe while workers write and rotate.
[[nodiscard]] LogAnswer read_logs(const std::string& logs_dir, const LogQuery& query);

/// The answer of `tail`: {"lines": [{"time", "pid", "stage", "slot", "kind", "text"}], "cursor", "skipped"}.
[[nodiscard]] nlohmann::ordered_json to_json(const LogAnswer& answer);
[[nodiscard]] LogAnswer log_answer_from_json(const nlohmann::json& object);

}  // namespace pooltop
