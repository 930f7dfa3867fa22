// SPDX-License-Identifier: MIT
#include "engine/process/syscalls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace pooltop {
namespace {

using enum CallKind;

// The numbers are the machine's own; calls that only older machines have are left out where they are not.
constexpr auto kCalls = std::to_array<CallRow>({
    {SYS_read, "read", Read, 0},
    {SYS_readv, "readv", Read, 0},
    {SYS_pread64, "pread", Read, 0},
    {SYS_preadv, "preadv", Read, 0},
    {SYS_recvfrom, "recv", Read, 0},
    {SYS_recvmsg, "recvmsg", Read, 0},
    {SYS_recvmmsg, "recvmmsg", Read, 0},
    {SYS_getdents64, "getdents", Read, 0},
    {SYS_sendfile, "sendfile", Write, 0},
    {SYS_splice, "splice", Read, 0},
    {SYS_copy_file_range, "copy_file_range", Read, 0},
    {SYS_write, "write", Write, 0},
    {SYS_writev, "writev", Write, 0},
    {SYS_pwrite64, "pwrite", Write, 0},
    {SYS_pwritev, "pwritev", Write, 0},
    {SYS_sendto, "send", Write, 0},
    {SYS_sendmsg, "sendmsg", Write, 0},
    {SYS_sendmmsg, "sendmmsg", Write, 0},
    {SYS_accept, "accept", Accept, 0},
    {SYS_accept4, "accept", Accept, 0},
    {SYS_connect, "connect", Connect, 0},
    {SYS_ppoll, "ppoll", Poll, -1},
    {SYS_pselect6, "pselect", Poll, -1},
    {SYS_epoll_pwait, "epoll_wait", Poll, 0},
    {SYS_epoll_pwait2, "epoll_wait", Poll, 0},
    {SYS_io_uring_enter, "io_uring_enter", Other, 0},
    {SYS_io_getevents, "io_getevents", Sync, -1},
    {SYS_wait4, "wait4", Child, -1},
    {SYS_waitid, "waitid", Child, -1},
    {SYS_clone, "clone", Child, -1},
    {SYS_clone3, "clone3", Child, -1},
    {SYS_futex, "futex", Lock, -1},
    {SYS_futex_waitv, "futex_waitv", Lock, -1},
    {SYS_semop, "semop", Lock, -1},
    {SYS_semtimedop, "semtimedop", Lock, -1},
    {SYS_msgrcv, "msgrcv", Other, -1},
    {SYS_msgsnd, "msgsnd", Other, -1},
    {SYS_mq_timedreceive, "mq_receive", Read, 0},
    {SYS_mq_timedsend, "mq_send", Write, 0},
    {SYS_flock, "flock", FileLock, 0},
    {SYS_fcntl, "fcntl", FileLock, 0},
    {SYS_nanosleep, "nanosleep", Sleep, -1},
    {SYS_clock_nanosleep, "clock_nanosleep", Sleep, -1},
    {SYS_openat, "open", Open, -1},
    {SYS_openat2, "open", Open, -1},
    {SYS_newfstatat, "stat", Open, -1},
    {SYS_statx, "stat", Open, -1},
    {SYS_faccessat, "access", Open, -1},
    {SYS_unlinkat, "unlink", Open, -1},
    {SYS_mkdirat, "mkdir", Open, -1},
    {SYS_readlinkat, "readlink", Open, -1},
    {SYS_execve, "execve", Open, -1},
    {SYS_fsync, "fsync", Sync, 0},
    {SYS_fdatasync, "fdatasync", Sync, 0},
    {SYS_sync_file_range, "sync_file_range", Sync, 0},
    {SYS_syncfs, "syncfs", Sync, 0},
    {SYS_sync, "sync", Sync, -1},
    {SYS_close, "close", Sync, 0},
    {SYS_ftruncate, "ftruncate", Sync, 0},
    {SYS_ioctl, "ioctl", Other, 0},
    {SYS_rt_sigsuspend, "sigsuspend", Signal, -1},
    {SYS_rt_sigtimedwait, "sigtimedwait", Signal, -1},
    {SYS_mmap, "mmap", Other, -1},
    {SYS_munmap, "munmap", Other, -1},
    {SYS_exit_group, "exit_group", Other, -1},
    {SYS_restart_syscall, "restart_syscall", Other, -1},
#ifdef SYS_pause
    {SYS_pause, "pause", Signal, -1},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll", Poll, -1},
#endif
#ifdef SYS_select
    {SYS_select, "select", Poll, -1},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", Poll, 0},
#endif
#ifdef SYS_open
    {SYS_open, "open", Open, -1},
#endif
#ifdef SYS_vfork
    {SYS_vfork, "vfork", Child, -1},
#endif
});

struct WchanRow {
  std::string_view part;
  CallKind kind;
};
// Names differ from kernel to kernel; these parts of them have stayed.
constexpr auto kWchans = std::to_array<WchanRow>({
    {"pipe_read", Read},         {"pipe_write", Write},
    {"wait_for_partner", Open},  {"fifo_open", Open},
    {"nanosleep", Sleep},        {"futex", Lock},
    {"flock", FileLock},         {"locks_lock", FileLock},
    {"posix_lock", FileLock},    {"do_wait", Child},
    {"kernel_wait", Child},      {"ep_poll", Poll},
    {"poll_schedule", Poll},     {"do_poll", Poll},
    {"do_sys_poll", Poll},       {"do_select", Poll},
    {"csk_accept", Accept},      {"unix_accept", Accept},
    {"stream_connect", Connect}, {"wait_for_connect", Connect},
    {"sk_wait_data", Read},      {"skb_wait_for_more", Read},
    {"stream_data_wait", Read},  {"stream_read", Read},
    {"wait_memory", Write},      {"tty_read", Read},
    {"eventfd_read", Read},      {"sigsuspend", Signal},
    {"sigtimedwait", Signal},    {"pause", Signal},
    {"io_schedule", Sync},       {"folio_wait", Sync},
    {"wait_on_page", Sync},      {"jbd2", Sync},
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
  return Other;
}

}  // namespace pooltop
