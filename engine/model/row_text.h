// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "engine/model/snapshot.h"

namespace pooltop {

/// Rows as JSON text, the same that to_json() would give, without making objects of them: a thousand rows are written
/// several times a second. Appended to `out`, so that one buffer serves for all.

/// `{"pid":…, …}`
void append_row(std::string& out, const WorkerStatus& row);

/// Tells what changed: appends `"member":value,` for each member in which `now` differs from `known`, and brings
/// `known` to what the reader of the text knows then (numbers as the text says them). Ages and rates count as changed
/// only beyond kAgeTolerance and kRateTolerance. False, and nothing appended, where nothing did.
bool append_row_changes(std::string& out, WorkerStatus& known, const WorkerStatus& now);

/// Ages are off by at most that many seconds, rates by that share of themselves.
inline constexpr double kAgeTolerance = 0.1;
inline constexpr double kRateTolerance = 0.01;

void append_json_text(std::string& out, std::string_view text);

/// As the text says it: three decimals.
[[nodiscard]] double rounded_as_text(double value);

}  // namespace pooltop
