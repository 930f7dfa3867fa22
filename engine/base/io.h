// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/fd.h"

namespace pooltop {

/// The result of `call`, made again while a signal interrupts it.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Writes all of `bytes`: short writes and EINTR are gone on with. Throws std::system_error "write OBJECT".
/// Blocking descriptors only.
void write_all(int fd, std::string_view bytes, std::string_view object);

/// Everything up to the end of the file. nullopt if it is more than `limit` bytes; throws std::system_error otherwise.
[[nodiscard]] std::optional<std::string> read_to_end(int fd, std::size_t limit, std::string_view object);

/// A whole file (close-on-exec, any kind of file); nullopt if larger than `limit`; throws "open PATH" / "read PATH".
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t limit);

/// Replaces `path` as one step: PATH.new is written and renamed. Mode 0600. Throws std::system_error.
void replace_file(const std::string& path, std::string_view bytes);

struct PipeEnds {
  Fd read;
  Fd write;
};
/// A pipe, both ends close-on-exec. Throws std::system_error.
[[nodiscard]] PipeEnds make_pipe(int flags = 0);

/// Sets or clears O_NONBLOCK. Throws std::system_error.
void set_nonblocking(int fd, bool on);

}  // namespace pooltop
