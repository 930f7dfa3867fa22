// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/journal/journal_state.h"

namespace pooltop {

/// Bytes that are no state; the message says what was expected, and at which byte.
class BadState : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Appends `state` to `out` as a record holds it: numbers as varints, intervals as the gap in front of each and its
/// length, so some 2 to 4 bytes for an interval. Equal states are equal bytes.
void append_state(std::string& out, const JournalState& state);

/// The state of which these are the bytes, all of them: whatever decodes encodes to the same bytes again. Throws
/// BadState for anything else. Takes at most 64 bytes of memory for each of `bytes`.
[[nodiscard]] JournalState decode_state(std::string_view bytes);

}  // namespace pooltop
