// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "engine/model/snapshot.h"

namespace pooltop {

/// A snapshot as tables to be read by people: the run, its stages, its workers, its problems. Lines of printable text.
[[nodiscard]] std::string status_text(const Snapshot& status);

}  // namespace pooltop
