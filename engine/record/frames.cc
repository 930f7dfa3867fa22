// SPDX-License-Identifier: MIT
#include "engine/record/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "engine/record/json_change.h"

namespace pooltop {
namespace {

constexpr std::size_t kSumBytes = 4;

// FNV-1a. It has to tell a torn frame from a whole one, nothing more.
std::uint32_t sum_of(std::string_view bytes) {
  std::uint32_t sum = 2166136261u;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

std::size_t after_first_line(std::string_view file) {
  const std::size_t end = file.find('\n');
  if (!file.starts_with(kSamplesMagic) || end == std::string_view::npos || end > 64)
    throw BadRecording("its first line is not that of a recording");
  const std::string_view word = file.substr(kSamplesMagic.size(), end - kSamplesMagic.size());
  int format = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), format);
  if (read.ec != std::errc() || read.ptr != word.data() + word.size() || format < 1)
    throw BadRecording("its first line is not that of a recording");
  if (format > kSamplesFormat)
    throw BadRecording(
        fmt::format("it has format {}, of a newer pooltop; this one reads up to {}", format, kSamplesFormat));
  return end + 1;
}

}  // namespace

std::string first_line() { return fmt::format("{}{}\n", kSamplesMagic, kSamplesFormat); }

void append_frame(std::string& out, FrameKind kind, std::string_view payload) {
  const std::size_t begin = out.size();
  out += static_cast<char>(kind);
  append_varint(out, payload.size());
  out += payload;
  const std::uint32_t sum = sum_of(std::string_view(out).substr(begin));
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((sum >> shift) & 0xff);
}

std::size_t for_each_frame(std::string_view file, const std::function<void(const Frame&)>& take) {
  std::size_t at = after_first_line(file);
  while (at < file.size()) {
    std::string_view rest = file.substr(at + 1);
    std::uint64_t size = 0;
    try {
      size = read_varint(rest);
    } catch (const BadRecording&) {
      return at;
    }
    if (rest.size() < kSumBytes || size > rest.size() - kSumBytes) return at;
    const auto length = static_cast<std::size_t>(size);
    const std::size_t payload = file.size() - rest.size();
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kSumBytes; ++i)
      sum |= std::uint32_t{static_cast<unsigned char>(rest[length + i])} << (8 * i);
    if (sum != sum_of(file.substr(at, payload + length - at))) return at;
    const std::size_t end = payload + length + kSumBytes;
    take({static_cast<FrameKind>(file[at]), file.substr(payload, length), at, end});
    at = end;
  }
  return at;
}

void append_head(std::string& out, const SampleHead& head) {
  append_varint(out, head.number);
  append_varint(out, head.elapsed_ms);
}

SampleHead read_head(std::string_view& payload) {
  SampleHead head;
  head.number = read_varint(payload);
  head.elapsed_ms = read_varint(payload);
  return head;
}

std::size_t rank_of(std::uint64_t number) {
  return std::min<std::size_t>(static_cast<std::size_t>(std::countr_zero(number)), kRanks - 1);
}

}  // namespace pooltop
