// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "engine/base/fd.h"

namespace pooltop {

/// Throws ControlError not_possible if no socket can be made at this path: somebody listens on the one that is there,
/// or it is none; std::system_error. True if there is one that nobody listens on: to be removed by whoever has the lock
/// of its run, as one that was just made is not listened on for an instant.
bool check_socket_place(const std::string& path);

/// A listening Unix socket (stream, non-blocking, mode 0600) and its file.
class Listener {
 public:
  /// Replaces a socket file that nobody listens on. Throws ControlError not_possible if somebody does, if what is
  /// there is no socket, or the path is longer than 107 bytes; UnsafeDirectory; std::system_error.
  explicit Listener(std::string path);
  /// Closes, and removes the file if it is still this listener's and the process that made it.
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// -1 is its fd() from now on.
  void close() noexcept;

 private:
  void bind_to_path();

  std::string path_;
  Fd socket_;
  pid_t owner_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace pooltop
