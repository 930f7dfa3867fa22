// SPDX-License-Identifier: MIT
// Preloaded into a run of pooltop: the n-th call of one function of the C library fails, in the processes of one role.
//
//   POOLTOP_FAULT="FUNCTION ERROR DESCRIPTORS ROLE STAGE N MODE"
//     FUNCTION     see kFunctions; of syscall() those that are made through it: pidfd_open, futex …
//     ERROR        a number of errno; "short": half of the bytes that were asked for; "torn-" and a number: that half,
//     and
//                  the number at the call behind it, as on a full disk
//     DESCRIPTORS  any, file, pipe (and socket), of calls whose first argument is one
//     ROLE         what the process calls itself: pooltop-engine, pooltop-guard, pooltop-forks, pooltop-worker; front
//     STAGE        of workers of that stage alone, once they have begun its work; "-": of all
//     MODE         once; on: that call and all after it; often: each third from then on
//   POOLTOP_FAULT_FILE      a file of zeros, 4096 bytes: a struct State, shared by all of the run
//   POOLTOP_FAULT_PROGRAM   the program that is meant: whatever else inherits this library is left alone
//
// A role is known by prctl(PR_SET_NAME), a stage by setenv("POOLTOP_STAGE"); both are asked for through here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kFrames = 24, kShort = -1 };
enum Mode { kOnce, kOn, kOften };
enum Kind { kAny, kFile, kPipe };

// The runner reads it; tests/faults/runs.py names the same fields.
struct State {
  _Atomic uint64_t calls;  // of the function, in that role
  _Atomic uint64_t hits;
  _Atomic uint32_t lifted;  // by the runner: from now on nothing fails
  uint32_t frame_count;
  uint64_t frames[kFrames];  // of the first hit: where in the program the call came from
};

static struct {
  struct State* state;  // NULL: nothing is armed in this process
  char function[32];
  char role[32];
  char stage[72];
  int error;
  bool is_torn;
  enum Kind kind;
  enum Mode mode;
  uint64_t n;
} fault;

static char role[32] = "front";
static char stage[72];
static uint64_t hit_number;  // of the last hit of this process, from 0
static uintptr_t program_base;

static int find_program(struct dl_phdr_info* info, size_t size, void* unused) {
  (void)size;
  (void)unused;
  program_base = info->dlpi_addr;
  return 1;  // the first is the program
}

// In the shared memory of a child between clone and exec too: nothing here allocates.
static void note_hit(bool with_frames) {
  hit_number = atomic_fetch_add(&fault.state->hits, 1);
  if (hit_number != 0 || !with_frames) return;
  void* frames[kFrames];
  const int count = backtrace(frames, kFrames);
  for (int i = 0; i < count; ++i) fault.state->frames[i] = (uintptr_t)frames[i] - program_base;
  fault.state->frame_count = (uint32_t)count;
}

static bool fits(int fd) {
  if (fault.kind == kAny) return true;
  struct stat info;
  if (fstat(fd, &info) != 0) return false;
  if (fault.kind == kFile) return S_ISREG(info.st_mode);
  return S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode);
}

// Whether this call is to fail; fd -1: of no descriptor.
static bool hits(const char* function, int fd) {
  if (fault.state == NULL || strcmp(function, fault.function) != 0 || strcmp(role, fault.role) != 0) return false;
  if (fault.stage[0] != '\0' && strcmp(stage, fault.stage) != 0) return false;
  const int before = errno;
  const bool is_meant = fd < 0 || fits(fd);
  errno = before;
  if (!is_meant || atomic_load(&fault.state->lifted) != 0) return false;
  const uint64_t call = atomic_fetch_add(&fault.state->calls, 1) + 1;
  if (call < fault.n || (fault.mode == kOnce && call > fault.n + fault.is_torn)) return false;
  if (fault.mode == kOften && (call - fault.n) % 3 != 0) return false;
  note_hit(strcmp(function, "execve") != 0);
  return true;
}

static bool fails(const char* function, int fd) {
  if (!hits(function, fd)) return false;
  errno = fault.error;
  return true;
}

static bool is_half(void) { return fault.error == kShort || (fault.is_torn && hit_number % 2 == 0); }

__attribute__((constructor)) static void arm(int argc, char** argv) {
  const char* const text = getenv("POOLTOP_FAULT");
  const char* const file = getenv("POOLTOP_FAULT_FILE");
  const char* const program = getenv("POOLTOP_FAULT_PROGRAM");
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (text == NULL || file == NULL || program == NULL || length <= 0) return;
  self[length] = '\0';
  if (strcmp(self, program) != 0) return;
  if (argc < 2 || strcmp(argv[1], "run") != 0) strcpy(role, "started");  // a worker or a forkserver will say so
  char error[12];
  char kind[8];
  char mode[8];
  unsigned long long n = 0;
  if (sscanf(text, "%31s %11s %7s %31s %71s %llu %7s", fault.function, error, kind, fault.role, fault.stage, &n,
             mode) != 7)
    abort();
  fault.n = n;
  fault.is_torn = strncmp(error, "torn-", 5) == 0;
  fault.error = strcmp(error, "short") == 0 ? kShort : atoi(error + (fault.is_torn ? 5 : 0));
  fault.kind = strcmp(kind, "file") == 0 ? kFile : strcmp(kind, "pipe") == 0 ? kPipe : kAny;
  fault.mode = strcmp(mode, "once") == 0 ? kOnce : strcmp(mode, "on") == 0 ? kOn : kOften;
  if (strcmp(fault.stage, "-") == 0) fault.stage[0] = '\0';
  dl_iterate_phdr(find_program, NULL);
  void* frame[1];
  backtrace(frame, 1);  // the first one loads a library
  const int fd = open(file, O_RDWR | O_CLOEXEC);
  void* const at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || at == MAP_FAILED) abort();
  close(fd);
  fault.state = at;
}

// The function itself. Looked for at the start, since nobody may look for it between clone and exec; by the first call
// where that comes earlier.
#define REAL(name)                                                            \
  static __typeof__(&name) real_##name;                                       \
  __attribute__((constructor)) static void find_##name(void) {                \
    if (real_##name == NULL) *(void**)&real_##name = dlsym(RTLD_NEXT, #name); \
  }

// A function that gives -1 and errno, FD being the descriptor that it is about, or -1.
#define FAILING(result, name, parameters, fd, ...)           \
  REAL(name)                                                 \
  result name parameters {                                   \
    find_##name();                                           \
    return fails(#name, fd) ? -1 : real_##name(__VA_ARGS__); \
  }

// One that moves `size` bytes.
#define MOVING(name, parameters, fd, size, ...)                \
  REAL(name)                                                   \
  ssize_t name parameters {                                    \
    find_##name();                                             \
    if (hits(#name, fd)) {                                     \
      if (!is_half()) return errno = fault.error, (ssize_t)-1; \
      size = (size + 1) / 2;                                   \
    }                                                          \
    return real_##name(__VA_ARGS__);                           \
  }

MOVING(read, (int fd, void* buffer, size_t size), fd, size, fd, buffer, size)
MOVING(write, (int fd, const void* buffer, size_t size), fd, size, fd, buffer, size)
MOVING(pread, (int fd, void* buffer, size_t size, off_t at), fd, size, fd, buffer, size, at)
MOVING(pwrite, (int fd, const void* buffer, size_t size, off_t at), fd, size, fd, buffer, size, at)
MOVING(send, (int fd, const void* buffer, size_t size, int flags), fd, size, fd, buffer, size, flags)
MOVING(recv, (int fd, void* buffer, size_t size, int flags), fd, size, fd, buffer, size, flags)

FAILING(ssize_t, sendmsg, (int fd, const struct msghdr* message, int flags), fd, fd, message, flags)
FAILING(ssize_t, recvmsg, (int fd, struct msghdr* message, int flags), fd, fd, message, flags)
FAILING(int, memfd_create, (const char* name, unsigned flags), -1, name, flags)
FAILING(int, ftruncate, (int fd, off_t size), fd, fd, size)
FAILING(int, fdatasync, (int fd), fd, fd)
FAILING(int, fsync, (int fd), fd, fd)
FAILING(int, madvise, (void* at, size_t size, int advice), -1, at, size, advice)
FAILING(pid_t, fork, (void), -1)
FAILING(int, execve, (const char* path, char* const argv[], char* const envp[]), -1, path, argv, envp)
FAILING(int, pipe2, (int ends[2], int flags), -1, ends, flags)
FAILING(int, socketpair, (int domain, int type, int protocol, int ends[2]), -1, domain, type, protocol, ends)
FAILING(int, socket, (int domain, int type, int protocol), -1, domain, type, protocol)
FAILING(int, bind, (int fd, const struct sockaddr* address, socklen_t size), -1, fd, address, size)
FAILING(int, listen, (int fd, int backlog), -1, fd, backlog)
FAILING(int, connect, (int fd, const struct sockaddr* address, socklen_t size), -1, fd, address, size)
FAILING(int, accept4, (int fd, struct sockaddr* address, socklen_t* size, int flags), -1, fd, address, size, flags)
FAILING(int, waitid, (idtype_t kind, id_t id, siginfo_t* info, int options), -1, kind, id, info, options)
FAILING(int, epoll_create1, (int flags), -1, flags)
FAILING(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event* event), -1, epoll, what, fd, event)
FAILING(int, epoll_wait, (int epoll, struct epoll_event* events, int count, int ms), -1, epoll, events, count, ms)
FAILING(int, epoll_pwait2,
        (int epoll, struct epoll_event* events, int count, const struct timespec* limit, const sigset_t* mask), -1,
        epoll, events, count, limit, mask)
FAILING(int, poll, (struct pollfd * fds, nfds_t count, int ms), -1, fds, count, ms)
FAILING(int, ppoll, (struct pollfd * fds, nfds_t count, const struct timespec* limit, const sigset_t* mask), -1, fds,
        count, limit, mask)
FAILING(int, eventfd, (unsigned value, int flags), -1, value, flags)
FAILING(int, signalfd, (int fd, const sigset_t* mask, int flags), -1, fd, mask, flags)
FAILING(int, timerfd_create, (clockid_t clock, int flags), -1, clock, flags)
FAILING(int, timerfd_settime, (int fd, int flags, const struct itimerspec* value, struct itimerspec* old), -1, fd,
        flags, value, old)
FAILING(int, rename, (const char* from, const char* to), -1, from, to)
FAILING(int, renameat, (int dir, const char* from, int to_dir, const char* to), -1, dir, from, to_dir, to)
FAILING(int, mkdir, (const char* path, mode_t mode), -1, path, mode)
FAILING(int, mkdirat, (int dir, const char* path, mode_t mode), -1, dir, path, mode)
FAILING(int, unlink, (const char* path), -1, path)
FAILING(int, unlinkat, (int dir, const char* path, int flags), -1, dir, path, flags)
FAILING(int, kill, (pid_t pid, int signal), -1, pid, signal)
FAILING(int, dup2, (int from, int to), -1, from, to)
FAILING(int, close_range, (unsigned first, unsigned last, int flags), -1, first, last, flags)

REAL(posix_fallocate)
int posix_fallocate(int fd, off_t from, off_t size) {
  find_posix_fallocate();
  return hits("posix_fallocate", fd) ? fault.error : real_posix_fallocate(fd, from, size);  // the error is its result
}

REAL(mmap)
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  find_mmap();
  return fails("mmap", -1) ? MAP_FAILED : real_mmap(at, size, protection, flags, fd, offset);
}

REAL(open)
int open(const char* path, int flags, ...) {
  find_open();
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);  // not there without O_CREAT, and then not looked at
  va_end(rest);
  return fails("open", -1) ? -1 : real_open(path, flags, mode);
}

REAL(openat)
int openat(int dir, const char* path, int flags, ...) {
  find_openat();
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return fails("openat", -1) ? -1 : real_openat(dir, path, flags, mode);
}

REAL(fcntl)
int fcntl(int fd, int command, ...) {
  find_fcntl();
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  const bool is_copy = command == F_DUPFD_CLOEXEC;  // what can be refused for want of descriptors
  return is_copy && fails("fcntl", -1) ? -1 : real_fcntl(fd, command, argument);
}

REAL(clone)
int clone(int (*function)(void*), void* stack, int flags, void* argument, ...) {
  find_clone();
  va_list rest;
  va_start(rest, argument);
  void* const parent_tid = va_arg(rest, void*);
  void* const tls = va_arg(rest, void*);
  void* const child_tid = va_arg(rest, void*);
  va_end(rest);
  return fails("clone", -1) ? -1 : real_clone(function, stack, flags, argument, parent_tid, tls, child_tid);
}

REAL(syscall)
long syscall(long number, ...) {
  find_syscall();
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (int i = 0; i < 6; ++i) a[i] = va_arg(rest, long);
  va_end(rest);
  const char* const function = number == SYS_pidfd_open          ? "pidfd_open"
                               : number == SYS_pidfd_send_signal ? "pidfd_send_signal"
                               : number == SYS_clone             ? "clone"
                               : number == SYS_futex             ? "futex"
                                                                 : "";
  return fails(function, -1) ? -1 : real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

REAL(prctl)
int prctl(int option, ...) {
  find_prctl();
  va_list rest;
  va_start(rest, option);
  unsigned long a[4];
  for (int i = 0; i < 4; ++i) a[i] = va_arg(rest, unsigned long);
  va_end(rest);
  if (option == PR_SET_NAME) snprintf(role, sizeof role, "%s", (const char*)a[0]);
  return real_prctl(option, a[0], a[1], a[2], a[3]);
}

REAL(setenv)
int setenv(const char* name, const char* value, int replace) {
  find_setenv();
  if (strcmp(name, "POOLTOP_STAGE") == 0) snprintf(stage, sizeof stage, "%s", value);
  return real_setenv(name, value, replace);
}

#ifdef POOLTOP_FAULT_MALLOC
void* __libc_malloc(size_t size);
void* malloc(size_t size);
int __libc_start_main(int (*entry)(int, char**, char**), int argc, char** argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void* stack_end);

static bool is_in_main;  // what libraries do before it is not the program's
static int (*real_entry)(int, char**, char**);

static int enter(int argc, char** argv, char** environment) {
  is_in_main = true;
  return real_entry(argc, argv, environment);
}

REAL(__libc_start_main)
int __libc_start_main(int (*entry)(int, char**, char**), int argc, char** argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void* stack_end) {
  find___libc_start_main();
  real_entry = entry;
  return real___libc_start_main(&enter, argc, argv, init, fini, rtld_fini, stack_end);
}

// The only way by which the program asks for memory: operator new and the C library's own functions go through it.
void* malloc(size_t size) {
  static bool is_inside;  // to note where the first one was takes memory itself
  if (is_inside || !is_in_main) return __libc_malloc(size);
  is_inside = true;
  const bool is_refused = fails("malloc", -1);
  is_inside = false;
  return is_refused ? NULL : __libc_malloc(size);
}
#endif
