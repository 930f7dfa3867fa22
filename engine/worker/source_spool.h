// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/journal/spool.h"
#include "engine/worker/work.h"

namespace pooltop {

/// Keeps what a source reads that cannot be read again (engine/journal/spool.h). While the disk is full it waits, and
/// the engine is told; any other error is thrown (std::system_error, SpoolError).
class SourceSpool {
 public:
  /// `context.spec.spool` is Keep. Touches nothing yet.
  explicit SourceSpool(WorkContext& context);

  /// What was read, before any of it is handed over. `items`: how many there were in all that was kept before.
  void keep(std::string_view bytes, char delimiter, std::uint64_t items);
  /// The source has come to its end, with so many items.
  void end(std::uint64_t items);

 private:
  template <typename Step>
  void insist(const Step& step);

  WorkContext& context_;
  SpoolWriter writer_;
};

}  // namespace pooltop
