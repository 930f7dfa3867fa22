// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pooltop {

/// The file `samples`: a first line with the format's number, then frames: kind, length, payload, check sum. A frame is
/// whole or it is not there: whatever was being written when the engine died ends the recording before it.

inline constexpr std::string_view kSamplesMagic = "pooltop samples ";
inline constexpr int kSamplesFormat = 1;

/// A sample is the status object without its workers; their rows are a series of their own, as hundreds of them would
/// take the room of all else: a sample's rows are those of the last frame of them in front of it.
enum class FrameKind : char { Sample = 'S', Rows = 'R', Happening = 'E' };

struct Frame {
  FrameKind kind = FrameKind::Sample;  ///< one of another kind is for newer versions: pass it over
  std::string_view payload;
  std::size_t begin = 0;  ///< where it lies in the file, with its head and check sum
  std::size_t end = 0;
};

[[nodiscard]] std::string first_line();
void append_frame(std::string& out, FrameKind kind, std::string_view payload);

/// Calls `take` with every whole frame in order; where the last one ends. Throws BadRecording for a file whose first
/// line is not ours, or that of a newer format.
std::size_t for_each_frame(std::string_view file, const std::function<void(const Frame&)>& take);

/// The head of the payload of samples and rows, in front of the changes.
struct SampleHead {
  std::uint64_t number = 0;  ///< counts up from 0 in each series as they are written; thinning leaves gaps
  std::uint64_t elapsed_ms = 0;
};
void append_head(std::string& out, const SampleHead& head);
/// Taken off the front of `payload`. Throws BadRecording.
[[nodiscard]] SampleHead read_head(std::string_view& payload);

/// Those of a series build on each other as a binary number loses its lowest bit: 13 on 12, 12 on 8, 8 on 0; and no farther back
/// than their group of 1024. So all that are no multiple of 2, 4, 8 … can be left out without a change to those that
/// stay, and any sample is read by reading ten others at most.
inline constexpr std::uint64_t kGroup = 1024;
[[nodiscard]] constexpr bool is_key(std::uint64_t number) { return number % kGroup == 0; }
[[nodiscard]] constexpr std::uint64_t base_of(std::uint64_t number) { return number & (number - 1); }
/// Bases of one rank are never needed together: that many states are all that is kept while reading or writing.
inline constexpr std::size_t kRanks = 11;
[[nodiscard]] std::size_t rank_of(std::uint64_t number);

}  // namespace pooltop
