// SPDX-License-Identifier: MIT
#include "engine/supervisor/spools.h"

#include <cstdio>
#include <exception>

#include "engine/base/text.h"
#include "engine/config/identity.h"
#include "engine/journal/spool.h"

namespace pooltop {

void plan_spools(Run& run) {
  if (run.options.config.durability == Durability::None) return;
  for (const auto& stage : run.pipeline.stages())
    if (stage->is_source() && stage->spool == SpoolUse::None && !can_read_again(stage->config, run.options.start_dir))
      stage->spool = SpoolUse::Keep;
}

bool can_go_on_reading(const Run& run, Stage& source) {
  if (source.spool == SpoolUse::Read || can_read_again(source.config, run.options.start_dir)) return true;
  if (source.spool == SpoolUse::None) return false;
  try {
    if (!read_spool_end(run.options.run_dir, source.config.name)) return false;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s %s\n", format_utc(wall_now_us()).c_str(), printable(error.what(), 1000).c_str());
    return false;
  }
  source.spool = SpoolUse::Read;
  return true;
}

void release_spools(Run& run) {
  for (const auto& stage : run.pipeline.stages()) {
    if (stage->spool != SpoolUse::Keep || stage->slots.empty()) continue;
    if (const auto& link = stage->slots.front()->link; link) link->keep_from(stage->ledger.needed_from());
  }
}

void clear_spools(const Run& run) {
  if (run.failed_items > 0) return;
  try {
    remove_spool(run.options.run_dir);
  } catch (const std::exception& error) {  // it harms nobody, and goes with the run's directory
    std::fprintf(stderr, "%s what was read is still kept: %s\n", format_utc(wall_now_us()).c_str(),
                 printable(error.what(), 1000).c_str());
  }
}

}  // namespace pooltop
