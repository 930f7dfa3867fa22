// SPDX-License-Identifier: MIT
#pragma once

#include "engine/supervisor/run.h"

namespace pooltop {

/// The spools of a run (engine/journal/spool.h): written by its sources' workers, watched over here.

/// Before any worker starts: says which sources keep what they read. With durability "none" none does.
void plan_spools(Run& run);

/// Whether another worker of this source could go on where the last one was: what it reads can be read again, or it had
/// come to its end and all of it is kept, to be read from there from now on.
[[nodiscard]] bool can_go_on_reading(const Run& run, Stage& source);

/// The journal has been written: what is done by it need not be kept any more.
void release_spools(Run& run);

/// Every item is done, and the journal says so: nothing is kept any more. (Failed ones may still be given back.)
void clear_spools(const Run& run);

}  // namespace pooltop
