// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "tui/plain/line.h"

namespace pooltop {

/// One line of failed.jsonl as an event: "FAIL fetch #2988 try 3/3 exit 56 after 1.1s: curl: (56) …", with the last
/// three lines of its stderr. nullopt if the line is not such a record.
[[nodiscard]] std::optional<PlainLine> failure_line(std::string_view record);

}  // namespace pooltop
