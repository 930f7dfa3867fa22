// SPDX-License-Identifier: MIT
#pragma once

#include "engine/control/failed_list.h"
#include "tui/plain/line.h"

namespace pooltop {

/// A failed item as an event: "FAIL fetch #2988 try 3 exit 56 after 1.1s: exit status 56", with the last three lines of
/// its stderr indented below, all printable.
[[nodiscard]] PlainLine failure_line(const FailedItem& item);

}  // namespace pooltop
