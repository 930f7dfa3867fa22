// SPDX-License-Identifier: MIT
#include "engine/region/failure.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace pooltop {

namespace {
struct Head {
  std::int32_t exit;
  std::int32_t signal;
  std::int32_t pid;
  std::uint32_t permanent;
  std::uint32_t error_bytes;
  std::uint32_t stderr_bytes;
};
}  // namespace

std::string encode_failure(const ItemFailure& failure) {
  const std::size_t error_bytes = std::min(failure.error.size(), kStderrTail);
  const std::size_t stderr_bytes = std::min(failure.stderr_tail.size(), kStderrTail);
  const Head head{failure.exit,
                  failure.signal,
                  failure.pid,
                  failure.permanent ? 1u : 0u,
                  static_cast<std::uint32_t>(error_bytes),
                  static_cast<std::uint32_t>(stderr_bytes)};
  std::string out(reinterpret_cast<const char*>(&head), sizeof head);
  out.append(failure.error, 0, error_bytes);
  out.append(failure.stderr_tail, failure.stderr_tail.size() - stderr_bytes, stderr_bytes);
  return out;
}

std::optional<ItemFailure> decode_failure(std::string_view bytes) {
  Head head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  if (head.error_bytes > kStderrTail || head.stderr_bytes > kStderrTail ||
      bytes.size() != std::size_t{head.error_bytes} + head.stderr_bytes)
    return std::nullopt;
  ItemFailure failure;
  failure.error = bytes.substr(0, head.error_bytes);
  failure.stderr_tail = bytes.substr(head.error_bytes);
  failure.permanent = head.permanent != 0;
  failure.exit = head.exit;
  failure.signal = head.signal;
  failure.pid = head.pid;
  return failure;
}

}  // namespace pooltop
