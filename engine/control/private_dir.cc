// SPDX-License-Identifier: MIT
#include "engine/control/private_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/control/run_directory.h"

namespace pooltop {

namespace {

constexpr int kOpenDir = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void refuse_directory(const std::string& path, const std::string& why) {
  throw UnsafeDirectory(fmt::format("{}: {}", printable(path), why));
}

// On the descriptor, not on the name: what was checked is what is used.
void check_ours(int fd, const std::string& path) {
  struct stat info {};
  check(::fstat(fd, &info), "fstat", path);
  if (info.st_uid != ::geteuid())
    refuse_directory(path, fmt::format("belongs to uid {}, not to you (uid {}); remove it or have it removed",
                                       info.st_uid, ::geteuid()));
  if ((info.st_mode & 077) != 0)
    refuse_directory(path, fmt::format("is open to others (mode {:04o}); if it is yours: chmod 700 {}",
                                       info.st_mode & 07777, printable(path)));
}

// Parents of ours are the user's business (links are fine there), but where anyone may rename what is in them, nothing
// below is safe.
void check_base(int fd, const std::string& path) {
  struct stat info {};
  check(::fstat(fd, &info), "fstat", path);
  if ((info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0)
    refuse_directory(path, fmt::format("anyone may write there (mode {:04o}); chmod o-w it, or choose another",
                                       info.st_mode & 07777));
}

void make_parents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) < 0 && errno != EEXIST) throw_system_error(errno, "mkdir", part);
    if (slash == std::string::npos) return;
  }
}

Fd open_base(const std::string& path, bool create) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno == ENOENT && !create) return {};
  if (!fd && errno == ENOENT) {
    make_parents(path);
    fd = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  check(fd.get(), "open", path);
  check_base(fd.get(), path);
  return fd;
}

Fd open_level(int parent, const std::string& name, const std::string& path, bool create) {
  if (create && ::mkdirat(parent, name.c_str(), 0700) < 0 && errno != EEXIST) throw_system_error(errno, "mkdir", path);
  Fd fd(::openat(parent, name.c_str(), kOpenDir));
  if (!fd && errno == ENOENT && !create) return {};
  if (!fd && (errno == ELOOP || errno == ENOTDIR))
    refuse_directory(path, "is a link or no directory; pooltop's own directories are never links: remove it");
  check(fd.get(), "open", path);
  check_ours(fd.get(), path);
  return fd;
}

}  // namespace

std::string PrivatePath::text() const {
  std::string out = base;
  for (const std::string& level : levels) out += "/" + level;
  return out;
}

namespace {

// Whoever reads of a directory that cannot be had wants to know who asked for it.
Fd open_named_base(const PrivatePath& path, bool create) {
  try {
    return open_base(path.base, create);
  } catch (const std::system_error& error) {
    if (path.variable.empty()) throw;
    throw UnsafeDirectory(fmt::format("{}={}: {}", path.variable, printable(path.base), error.what()));
  }
}

}  // namespace

Fd open_private_dir(const PrivatePath& path, bool create) {
  std::string text = path.base;
  Fd dir = open_named_base(path, create);
  for (const std::string& level : path.levels) {
    if (!dir) return dir;
    text += "/" + level;
    dir = open_level(dir.get(), level, text, create);
  }
  return dir;
}

Fd open_checked_dir(const std::string& path) {
  Fd dir(::open(path.c_str(), kOpenDir));
  if (!dir && (errno == ELOOP || errno == ENOTDIR)) refuse_directory(path, "is a link or no directory");
  check(dir.get(), "open", path);
  check_ours(dir.get(), path);
  return dir;
}

std::vector<std::string> names_in(int dir, const std::string& path) {
  // A descriptor of its own: the position of a directory stream is shared by duplicates.
  const int own = check(::openat(dir, ".", kOpenDir), "open", path);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), ::closedir);
  if (!stream) {
    const int error = errno;
    ::close(own);
    throw_system_error(error, "fdopendir", path);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) throw_system_error(errno, "readdir", path);
    if (entry == nullptr) return names;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
}

void remove_tree(int dir, const std::string& name, const std::string& path) {
  if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR && errno != EPERM) throw_system_error(errno, "unlink", path);
  {
    const Fd inner(check(::openat(dir, name.c_str(), kOpenDir), "open", path));
    for (const std::string& entry : names_in(inner.get(), path)) remove_tree(inner.get(), entry, path + "/" + entry);
  }
  if (::unlinkat(dir, name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT) throw_system_error(errno, "rmdir", path);
}

}  // namespace pooltop
