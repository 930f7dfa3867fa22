// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/journal/spool.h"

namespace pooltop {

/// Names and descriptors that the two ends of a spool share.

[[nodiscard]] std::string spool_dir(const std::string& run_dir);
[[nodiscard]] std::string piece_name(const std::string& source, std::uint64_t first);
[[nodiscard]] std::string end_name(const std::string& source);

/// The run's directory RUN/spool, made where `create` is set; never through a link; ours alone. Empty: there is none.
/// Throws SpoolError, std::system_error.
[[nodiscard]] Fd open_spool_dir(const std::string& run_dir, bool create);

/// SOURCE.end as text: lines of words; the last one shows that it is whole.
[[nodiscard]] std::string encode(const SpoolEnd& end);
/// Throws std::runtime_error on what encode() did not write.
[[nodiscard]] SpoolEnd decode_spool_end(std::string_view text);

}  // namespace pooltop
