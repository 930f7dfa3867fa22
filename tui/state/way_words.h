// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "engine/model/item_way.h"

namespace pooltop {

/// An item's way in words, the same on the screen and on the command line; all of it printable.

/// "exit 3 after 1.1s", "killed by you after 32s", "killed by SIGSEGV after 2.0s", "done after 0.3s".
[[nodiscard]] std::string describe_try(const ItemTry& one);
/// Why, where describe_try() does not say it all: the error; empty else.
[[nodiscard]] std::string reason_of(const ItemTry& one);
/// "retry in 2.1s, try 2/3", "waits in the queue, try 2/3", "in work at 21991 for 3.2s, try 2/3", "done by 21991",
/// "failed for good".
[[nodiscard]] std::string describe_now(const ItemNow& now);
/// "2/3", or "2" where it is not known how many there can be.
[[nodiscard]] std::string try_of(const ItemNow& now);

}  // namespace pooltop
