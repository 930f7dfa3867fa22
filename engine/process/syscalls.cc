// SPDX-License-Identifier: MIT
#include "engine/process/syscalls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace pooltop {
namespace {

// The numbers are the machine's own; calls that only older machines have are left out where they are not.
using Kind = CallKind;

constexpr auto kCalls = std::to_array<CallRow>({
    {SYS_read, "read", Kind::Read, 0},
    {SYS_readv, "readv", Kind::Read, 0},
    {SYS_pread64, "pread", Kind::Read, 0},
    {SYS_preadv, "preadv", Kind::Read, 0},
    {SYS_recvfrom, "recv", Kind::Read, 0},
    {SYS_recvmsg, "recvmsg", Kind::Read, 0},
    {SYS_recvmmsg, "recvmmsg", Kind::Read, 0},
    {SYS_getdents64, "getdents", Kind::Read, 0},
    {SYS_sendfile, "sendfile", Kind::Write, 0},
    {SYS_splice, "splice", Kind::Read, 0},
    {SYS_copy_file_range, "copy_file_range", Kind::Read, 0},
    {SYS_write, "write", Kind::Write, 0},
    {SYS_writev, "writev", Kind::Write, 0},
    {SYS_pwrite64, "pwrite", Kind::Write, 0},
    {SYS_pwritev, "pwritev", Kind::Write, 0},
    {SYS_sendto, "send", Kind::Write, 0},
    {SYS_sendmsg, "sendmsg", Kind::Write, 0},
    {SYS_sendmmsg, "sendmmsg", Kind::Write, 0},
    {SYS_accept, "accept", Kind::Accept, 0},
    {SYS_accept4, "accept", Kind::Accept, 0},
    {SYS_connect, "connect", Kind::Connect, 0},
    {SYS_ppoll, "ppoll", Kind::Poll, -1},
    {SYS_pselect6, "pselect", Kind::Poll, -1},
    {SYS_epoll_pwait, "epoll_wait", Kind::Poll, 0},
    {SYS_epoll_pwait2, "epoll_wait", Kind::Poll, 0},
    {SYS_io_uring_enter, "io_uring_enter", Kind::Other, 0},
    {SYS_io_getevents, "io_getevents", Kind::Sync, -1},
    {SYS_wait4, "wait4", Kind::Child, -1},
    {SYS_waitid, "waitid", Kind::Child, -1},
    {SYS_clone, "clone", Kind::Child, -1},
    {SYS_clone3, "clone3", Kind::Child, -1},
    {SYS_futex, "futex", Kind::Lock, -1},
    {SYS_futex_waitv, "futex_waitv", Kind::Lock, -1},
    {SYS_semop, "semop", Kind::Lock, -1},
    {SYS_semtimedop, "semtimedop", Kind::Lock, -1},
    {SYS_msgrcv, "msgrcv", Kind::Other, -1},
    {SYS_msgsnd, "msgsnd", Kind::Other, -1},
    {SYS_mq_timedreceive, "mq_receive", Kind::Read, 0},
    {SYS_mq_timedsend, "mq_send", Kind::Write, 0},
    {SYS_flock, "flock", Kind::FileLock, 0},
    {SYS_fcntl, "fcntl", Kind::FileLock, 0},
    {SYS_nanosleep, "nanosleep", Kind::Sleep, -1},
    {SYS_clock_nanosleep, "clock_nanosleep", Kind::Sleep, -1},
    {SYS_openat, "open", Kind::Open, -1},
    {SYS_openat2, "open", Kind::Open, -1},
    {SYS_newfstatat, "stat", Kind::Open, -1},
    {SYS_statx, "stat", Kind::Open, -1},
    {SYS_faccessat, "access", Kind::Open, -1},
    {SYS_unlinkat, "unlink", Kind::Open, -1},
    {SYS_mkdirat, "mkdir", Kind::Open, -1},
    {SYS_readlinkat, "readlink", Kind::Open, -1},
    {SYS_execve, "execve", Kind::Open, -1},
    {SYS_fsync, "fsync", Kind::Sync, 0},
    {SYS_fdatasync, "fdatasync", Kind::Sync, 0},
    {SYS_sync_file_range, "sync_file_range", Kind::Sync, 0},
    {SYS_syncfs, "syncfs", Kind::Sync, 0},
    {SYS_sync, "sync", Kind::Sync, -1},
    {SYS_close, "close", Kind::Sync, 0},
    {SYS_ftruncate, "ftruncate", Kind::Sync, 0},
    {SYS_ioctl, "ioctl", Kind::Other, 0},
    {SYS_rt_sigsuspend, "sigsuspend", Kind::Signal, -1},
    {SYS_rt_sigtimedwait, "sigtimedwait", Kind::Signal, -1},
    {SYS_mmap, "mmap", Kind::Other, -1},
    {SYS_munmap, "munmap", Kind::Other, -1},
    {SYS_exit_group, "exit_group", Kind::Other, -1},
    {SYS_restart_syscall, "restart_syscall", Kind::Other, -1},
#ifdef SYS_pause
    {SYS_pause, "pause", Kind::Signal, -1},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll", Kind::Poll, -1},
#endif
#ifdef SYS_select
    {SYS_select, "select", Kind::Poll, -1},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", Kind::Poll, 0},
#endif
#ifdef SYS_open
    {SYS_open, "open", Kind::Open, -1},
#endif
#ifdef SYS_vfork
    {SYS_vfork, "vfork", Kind::Child, -1},
#endif
});

struct WchanRow {
  std::string_view part;
  CallKind kind;
};
// Names differ from kernel to kernel; these parts of them have stayed.
constexpr auto kWchans = std::to_array<WchanRow>({
    {"pipe_read", Kind::Read},         {"pipe_write", Kind::Write},
    {"wait_for_partner", Kind::Open},  {"fifo_open", Kind::Open},
    {"nanosleep", Kind::Sleep},        {"futex", Kind::Lock},
    {"flock", Kind::FileLock},         {"locks_lock", Kind::FileLock},
    {"posix_lock", Kind::FileLock},    {"do_wait", Kind::Child},
    {"kernel_wait", Kind::Child},      {"ep_poll", Kind::Poll},
    {"poll_schedule", Kind::Poll},     {"do_poll", Kind::Poll},
    {"do_sys_poll", Kind::Poll},       {"do_select", Kind::Poll},
    {"csk_accept", Kind::Accept},      {"unix_accept", Kind::Accept},
    {"stream_connect", Kind::Connect}, {"wait_for_connect", Kind::Connect},
    {"sk_wait_data", Kind::Read},      {"skb_wait_for_more", Kind::Read},
    {"stream_data_wait", Kind::Read},  {"stream_read", Kind::Read},
    {"wait_memory", Kind::Write},      {"tty_read", Kind::Read},
    {"eventfd_read", Kind::Read},      {"sigsuspend", Kind::Signal},
    {"sigtimedwait", Kind::Signal},    {"pause", Kind::Signal},
    {"io_schedule", Kind::Sync},       {"folio_wait", Kind::Sync},
    {"wait_on_page", Kind::Sync},      {"jbd2", Kind::Sync},
});

}  // namespace

const CallRow* call_numbered(long number) noexcept {
  const auto* const found =
      std::find_if(kCalls.begin(), kCalls.end(), [&](const CallRow& row) { return row.number == number; });
  return found == kCalls.end() ? nullptr : found;
}

CallKind kind_of_wchan(std::string_view wchan) noexcept {
  for (const WchanRow& row : kWchans)
    if (wchan.find(row.part) != std::string_view::npos) return row.kind;
  return CallKind::Other;
}

}  // namespace pooltop
