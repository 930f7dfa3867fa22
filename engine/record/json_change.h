// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pooltop {

/// Bytes that are no recording, or not one that this version reads: the message says what was found.
class BadRecording : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Any JSON as what differs from another: rows that stay as they are cost a bit, counters that grow a byte or two. It
/// knows no members by name, so what the status object gains is recorded without a change here.

/// Appends `now` to `out`, as it differs from `before` (which went through here or through read_change(); null: from
/// nothing). Numbers with a fraction are kept to 1e-9; `now` becomes exactly what a reader will have.
void append_change(std::string& out, nlohmann::ordered_json& now, const nlohmann::ordered_json& before);

/// The JSON at the front of `bytes`, which is taken off them. Throws BadRecording for what is none, or would be
/// larger than any sample.
[[nodiscard]] nlohmann::ordered_json read_change(std::string_view& bytes, const nlohmann::ordered_json& before);

/// A number in seven bits a byte.
void append_varint(std::string& out, std::uint64_t value);
/// Throws BadRecording where there is none.
[[nodiscard]] std::uint64_t read_varint(std::string_view& bytes);

}  // namespace pooltop
