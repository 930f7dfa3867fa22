// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "engine/model/snapshot.h"

namespace pooltop {

struct SummaryFiles {
  std::string failed;      ///< the list of failed items, named if any failed
  std::string results;     ///< where results went that nobody's sink took; empty: nowhere
  bool recording = false;  ///< there is one, to be named
  /// Of the first item on the list: "fetch #2988 try 3 exit 56 after 1.1s: …"; empty: not known.
  std::string first_failed = {};
};

/// What is left of the monitor when it is gone: at most 12 lines of printable text: the verdict, why the run failed,
/// and a table of the stages, cut to `width` columns. Of a run that goes on: how far it is, and how to watch it again.
[[nodiscard]] std::vector<std::string> summary_lines(const Snapshot& last, const SummaryFiles& files, int width = 100);
/// The same as one text, each line with a newline.
[[nodiscard]] std::string summary(const Snapshot& last, const SummaryFiles& files);

}  // namespace pooltop
