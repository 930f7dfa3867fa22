// SPDX-License-Identifier: MIT
#include "engine/control/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/control/control_error.h"
#include "engine/control/private_dir.h"

namespace pooltop {

namespace {

constexpr int kBacklog = 128;

[[noreturn]] void refuse_socket(const std::string& path, std::string_view why) {
  throw ControlError(ErrorCode::NotPossible, fmt::format("control socket {}: {}", printable(path), why));
}

Fd make_socket() {
  return Fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", "control socket"));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    refuse_socket(
        path, fmt::format("the path has {} bytes, a socket's may have {}", path.size(), sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool bind_private(int socket, const sockaddr_un& address) {
  // Not chmod afterwards: between the two, others could connect. The engine has one thread, so the umask is ours.
  const mode_t before = ::umask(0177);
  const int result = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  errno = error;
  return result == 0;
}

// PID of whoever made the socket at the other end listen, as text for a message.
std::string listener_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return "";
  return fmt::format(" (PID {})", peer.pid);
}

}  // namespace

bool check_socket_place(const std::string& path) {
  const sockaddr_un address = address_of(path);
  struct stat info {};
  if (::lstat(path.c_str(), &info) < 0) {
    if (errno == ENOENT) return false;
    throw_system_error(errno, "lstat", path);
  }
  if (!S_ISSOCK(info.st_mode))
    refuse_socket(path, "something that is no socket has this name: remove it, or use another --name");
  const Fd probe = make_socket();
  const bool connected = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (connected || errno == EAGAIN)
    refuse_socket(path, fmt::format("another engine listens on it{}; its run has this name too, and its files "
                                    "elsewhere: use another --name or XDG_RUNTIME_DIR",
                                    connected ? listener_of(probe.get()) : ""));
  if (errno != ECONNREFUSED && errno != ENOENT) throw_system_error(errno, "connect", path);
  return true;
}

Listener::Listener(std::string path) : path_(std::move(path)), owner_(::getpid()) {
  const std::size_t slash = path_.rfind('/');
  (void)open_checked_dir(slash == std::string::npos ? "." : path_.substr(0, slash));
  bind_to_path();
  struct stat info {};
  check(::lstat(path_.c_str(), &info), "lstat", path_);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  check(::listen(socket_.get(), kBacklog), "listen", path_);
}

void Listener::bind_to_path() {
  const sockaddr_un address = address_of(path_);
  for (int tries = 0;; ++tries) {
    socket_ = make_socket();
    if (bind_private(socket_.get(), address)) return;
    if (errno != EADDRINUSE || tries == 3) throw_system_error(errno, "bind", path_);
    if (check_socket_place(path_) && ::unlink(path_.c_str()) < 0 && errno != ENOENT)
      throw_system_error(errno, "unlink", path_);
  }
}

void Listener::close() noexcept {
  if (!socket_) return;
  struct stat info {};
  if (::getpid() == owner_ && ::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_)
    ::unlink(path_.c_str());
  socket_.reset();
}

}  // namespace pooltop
