// SPDX-License-Identifier: MIT
// The tree of a process, as /proc shows it, and signals to the whole of it.
//
// A PID read from /proc may belong to somebody else a moment later. Two rules keep signals from strangers:
// - children of this process keep their PIDs until this process reaps them, so they may be signalled by number;
// - others are signalled through a pidfd that was opened first and whose parent was seen in the tree afterwards.
#include "engine/process/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include "engine/base/fd.h"
#include "engine/process/proc_stat.h"

namespace pooltop {
namespace {

constexpr Nanos kStrangerLimit = kSecond;
constexpr Nanos kStopLimit = kSecond;

/// Calls `visit` with each PID of a `children` file, from its beginning; no allocation.
template <typename Visit>
void each_child_in(int fd, Visit visit) {
  std::array<char, 4096> buffer;
  pid_t pid = 0;
  off_t at = 0;
  for (;;) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    at += n;
    for (const char c : std::span(buffer.data(), static_cast<std::size_t>(n))) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        visit(std::exchange(pid, 0));
      }
    }
  }
  if (pid != 0) visit(pid);
}

/// Calls `visit` with each number that is a name in a directory.
template <typename Visit>
void each_number_in(const char* path, Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path), &::closedir);
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (const int number = std::atoi(entry->d_name); number > 0) visit(number);
  }
}

/// The children that thread `tid` of `pid` has; no descriptor where there is no such file.
Fd open_children(pid_t pid, pid_t tid) noexcept {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/task/%d/children", pid, tid);
  return Fd(::open(path.data(), O_RDONLY | O_CLOEXEC));
}

void append_children(int fd, std::vector<pid_t>& out) {
  each_child_in(fd, [&](pid_t child) { out.push_back(child); });
}

bool kernel_lists_children() noexcept {
  static const bool lists = ::access("/proc/thread-self/children", R_OK) == 0;
  return lists;
}

bool is_held(char state) noexcept { return state == 'T' || state == 't' || state == 'Z' || state == 'X'; }

void signal_by(int pidfd, int signal) noexcept {
  ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);  // ESRCH: it is gone, as wished; EPERM: not ours to stop
}

constexpr std::size_t kSignalledAtOnce = 8;  // descriptors that are open meanwhile: there may be few left

/// A process that was seen as a descendant, if a parent out of `tree` vouches for it; else nothing.
Fd open_descendant(pid_t pid, const std::set<pid_t>& tree) noexcept {
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const auto stat = pidfd ? read_proc_stat(pid) : std::nullopt;
  return stat && tree.contains(stat->parent) ? std::move(pidfd) : Fd();
}

/// Sends SIGSTOP to those of a tree that do not stand still. True when all do. `signalled` remembers who got one.
bool stop_running(int root_pidfd, const std::vector<pid_t>& pids, std::set<pid_t>& signalled) {
  const std::set<pid_t> tree(pids.begin(), pids.end());
  bool all_held = true;
  for (const pid_t pid : pids) {
    const auto stat = read_proc_stat(pid);
    if (!stat || is_held(stat->state)) continue;
    // One that waits inside the kernel (for its vforked child, say, stopped before its exec) keeps the stop pending.
    if (!signalled.insert(pid).second && stat->state == 'D') continue;
    all_held = false;
    if (pid == pids.front()) {
      signal_by(root_pidfd, SIGSTOP);
    } else {
      if (const Fd pidfd = open_descendant(pid, tree)) signal_by(pidfd.get(), SIGSTOP);
    }
  }
  return all_held;
}

bool has_no_child() noexcept {
  siginfo_t info = {};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD;
}

/// Reaps a child of this process that was sent SIGKILL. True if that is what ended it.
bool reap_killed(pid_t pid, Nanos deadline) noexcept {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  for (;;) {
    siginfo_t info = {};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | __WALL) < 0) return false;
    if (info.si_pid == pid) return info.si_code != CLD_EXITED && info.si_status == SIGKILL;
    const Nanos left = deadline - monotonic_now();
    if (left <= 0) return false;
    pollfd entry{pidfd.get(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(left / kMillisecond) + 1);
  }
}

}  // namespace

std::vector<pid_t> children_by_scan(pid_t pid) {
  std::vector<pid_t> out;
  each_number_in("/proc", [&](pid_t other) {
    const auto stat = read_proc_stat(other);
    if (stat && stat->parent == pid) out.push_back(other);
  });
  return out;
}

std::vector<pid_t> children_of(pid_t pid) {
  if (!kernel_lists_children()) return children_by_scan(pid);
  std::vector<pid_t> out;
  std::array<char, 32> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/task", pid);
  each_number_in(path.data(), [&](pid_t tid) {
    if (const Fd fd = open_children(pid, tid)) append_children(fd.get(), out);
  });
  return out;
}

std::vector<pid_t> children_of(pid_t pid, std::uint32_t threads) {
  const Fd fd = threads == 1 ? open_children(pid) : Fd();
  return fd ? reread_children(fd.get()) : children_of(pid);
}

Fd open_children(pid_t pid) noexcept { return open_children(pid, pid); }

std::vector<pid_t> reread_children(int children_fd) {
  std::vector<pid_t> out;
  append_children(children_fd, out);
  return out;
}

std::vector<pid_t> tree_of(pid_t root) {
  std::vector<pid_t> out{root};
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const pid_t child : children_of(out[i])) {
      // A process that changes its parent meanwhile is listed twice.
      if (std::ranges::find(out, child) == out.end()) out.push_back(child);
    }
  }
  return out;
}

// One look at a tree can miss a process: listed neither below its parent, which has ended meanwhile, nor below the
// root, which had been read already. It cannot be missed twice: those that were seen stand still by then and hand
// nobody over.
void stop_tree(int root_pidfd, pid_t root) {
  const Nanos deadline = monotonic_now() + kStopLimit;
  std::set<pid_t> signalled;
  std::vector<pid_t> held_before;
  signal_by(root_pidfd, SIGSTOP);
  do {
    std::vector<pid_t> tree = tree_of(root);
    if (!stop_running(root_pidfd, tree, signalled)) {
      held_before.clear();
      ::sched_yield();
    } else if (tree == held_before) {
      return;
    } else {
      held_before = std::move(tree);
    }
  } while (monotonic_now() < deadline);
}

void signal_descendants(pid_t root, int signal) {
  const std::vector<pid_t> pids = tree_of(root);
  const std::set<pid_t> tree(pids.begin(), pids.end());
  // The lowest first, and many together: of one that dies the children get another parent, who vouches for nobody.
  std::vector<Fd> found;
  const auto signal_found = [&] {
    for (const Fd& pidfd : found) signal_by(pidfd.get(), signal);
    found.clear();
  };
  for (auto pid = pids.rbegin(); pid != pids.rend(); ++pid) {
    if (*pid == root) continue;
    if (Fd pidfd = open_descendant(*pid, tree)) found.push_back(std::move(pidfd));
    if (found.size() == kSignalledAtOnce) signal_found();
  }
  signal_found();
}

void continue_tree(int root_pidfd, pid_t root) {
  signal_descendants(root, SIGCONT);
  signal_by(root_pidfd, SIGCONT);
}

void signal_tree(int root_pidfd, pid_t root, int signal) {
  stop_tree(root_pidfd, root);
  signal_descendants(root, signal);
  signal_by(root_pidfd, signal);
  continue_tree(root_pidfd, root);
}

std::size_t kill_strangers(std::span<const pid_t> keep) {
  if (has_no_child()) return 0;
  std::vector<pid_t> kept(keep.begin(), keep.end());
  std::ranges::sort(kept);
  const Nanos deadline = monotonic_now() + kStrangerLimit;
  std::size_t killed = 0;
  for (;;) {
    std::vector<pid_t> strangers = children_of(::getpid());
    std::erase_if(strangers, [&](pid_t pid) { return std::ranges::binary_search(kept, pid); });
    if (strangers.empty()) return killed;
    for (const pid_t pid : strangers) ::kill(pid, SIGKILL);
    for (const pid_t pid : strangers) killed += reap_killed(pid, deadline);
    if (monotonic_now() >= deadline) return killed;
  }
}

bool kill_all_children(Nanos limit) noexcept {
  const Nanos deadline = monotonic_now() + limit;
  sigset_t child_ended = {};
  sigset_t before = {};
  ::sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, &before);
  bool none_left = false;
  while (!none_left && monotonic_now() < deadline) {
    const auto kill_one = [](pid_t pid) { ::kill(pid, SIGKILL); };
    if (const Fd fd(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)); fd) {
      each_child_in(fd.get(), kill_one);
    } else {
      for (const pid_t pid : children_by_scan(::getpid())) kill_one(pid);
    }
    siginfo_t info = {};
    int reaped = 0;
    while ((reaped = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL)) == 0 && info.si_pid != 0) info = {};
    none_left = reaped < 0 && errno == ECHILD;
    const timespec pause{0, 20 * kMillisecond};
    if (!none_left) ::sigtimedwait(&child_ended, nullptr, &pause);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return none_left;
}

}  // namespace pooltop
