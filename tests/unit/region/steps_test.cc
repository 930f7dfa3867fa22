// SPDX-License-Identifier: MIT
//
// Whatever the engine does between any two accesses of a worker to the page that they share, nobody sleeps for ever.
// Both are one thread here: the worker's mapping of that page may not be touched, so that each access of it stops; the
// engine, which has a mapping of its own, then does something, and the one access is let through. What a processor
// moves (a load before a store) this does not show, but every order in which the sources do it.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tests/support/must.h"
#include "tests/support/region_support.h"

using namespace pooltop;
using namespace pooltop::testing;

// ThreadSanitizer makes such accesses itself; other processors let one instruction through in another way.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POOLTOP_NO_STEPS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define POOLTOP_NO_STEPS 1
#endif

#ifndef POOLTOP_NO_STEPS

namespace {

constexpr greg_t kOneStep = 0x100;  // in the flags: a trap behind the next instruction

std::byte* watched_page = nullptr;
std::function<void()> before_access;
std::function<void()> when_asleep;

void protect(int how) {
  if (::mprotect(watched_page, 4096, how) != 0) std::abort();
}

void on_access(int, siginfo_t* info, void* context) {
  const auto* const at = static_cast<std::byte*>(info->si_addr);
  if (watched_page == nullptr || at < watched_page || at >= watched_page + 4096) {
    (void)std::signal(SIGSEGV, SIG_DFL);  // another fault, and the last
    return;
  }
  before_access();
  protect(PROT_READ | PROT_WRITE);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] |= kOneStep;
}

void on_step(int, siginfo_t*, void* context) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~kOneStep;
  protect(PROT_NONE);
}

/// While it lives, `before` is called before each access to the page.
class Steps {
 public:
  Steps(ControlPage& page, std::function<void()> before) {
    watched_page = reinterpret_cast<std::byte*>(&page);
    before_access = std::move(before);
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = on_access;
    check(::sigaction(SIGSEGV, &action, &old_fault_), "sigaction", "test");
    action.sa_sigaction = on_step;
    check(::sigaction(SIGTRAP, &action, &old_trap_), "sigaction", "test");
    protect(PROT_NONE);
  }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;
  ~Steps() {
    protect(PROT_READ | PROT_WRITE);
    watched_page = nullptr;
    before_access = nullptr;
    ::sigaction(SIGSEGV, &old_fault_, nullptr);
    ::sigaction(SIGTRAP, &old_trap_, nullptr);
  }

 private:
  struct sigaction old_fault_ {};
  struct sigaction old_trap_ {};
};

/// A worker at addresses of its own.
struct Worker {
  explicit Worker(const EngineSide& engine) : Worker(engine, RegionMap::attach(engine.link.region_fd())) {}
  ControlPage& page;
  Port port;

 private:
  Worker(const EngineSide& engine, RegionMap map)
      : page(map.page()), port(std::move(map), engine.bell.get(), engine.wake.get()) {}
};

/// An engine that lies down when what it waits for is not there, and gets up when it is rung.
class Sleeper {
 public:
  Sleeper(EngineSide& engine, std::function<bool()> there) : engine_(engine), there_(std::move(there)) {}
  void go_on() {
    std::uint64_t rung = 0;
    if (is_asleep_ && ::read(engine_.bell.get(), &rung, sizeof rung) < 0) return;
    is_asleep_ = false;
    if (there_()) return;
    engine_.link.arm();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    is_asleep_ = !there_();
  }
  /// At the end: it sleeps, and what it waits for is there.
  [[nodiscard]] bool is_stuck() {
    go_on();
    return is_asleep_ && there_();
  }

 private:
  EngineSide& engine_;
  std::function<bool()> there_;
  bool is_asleep_ = false;
};

std::string item_of_bytes(std::uint64_t record) { return std::string(record - sizeof(RecordHeader) - 8, 'x'); }

/// The engine lies down before the n-th access of what the worker does with an item, for each n.
void lie_down_while(const std::function<void(Port&, const WorkItem&)>& work, bool for_room) {
  int accesses = 0;
  for (int from = 1; from == 1 || accesses + 1 >= from; ++from) {
    EngineSide engine(4096);
    Worker worker(engine);
    for (int i = 0; i < 4; ++i) engine.push({item_of_bytes(1024)});
    WorkItem item;
    MUST(worker.port.try_take(item) == Port::Take::Item);
    Sleeper sleeper(engine, [&] { return for_room ? engine.link.has_room(1024) : engine.link.has_unread(); });
    accesses = 0;
    {
      const Steps steps(worker.page, [&] {
        if (++accesses >= from) sleeper.go_on();
      });
      work(worker.port, item);
    }
    CAPTURE(from);
    CHECK_FALSE(sleeper.is_stuck());
  }
  CHECK(accesses >= 2);
}

/// The engine does something before the n-th access of a worker that is about to wait for it, for each n, and at last
/// when it sleeps.
void act_while_it_lies_down(EngineSide& engine, Worker& worker, const std::function<void()>& prepare,
                            const std::function<void()>& act, const std::function<void(Port&)>& wait) {
  const RawWorker seen(engine);
  bool was_asleep = false;
  int accesses = 0;
  for (int from = 1; !was_asleep; ++from) {
    prepare();
    bool has_acted = false;
    bool is_stuck = false;
    accesses = 0;
    when_asleep = [&] {
      is_stuck |= has_acted;
      was_asleep = !has_acted;
      if (!std::exchange(has_acted, true)) act();
      seen.map.page().asleep.store(Sleep::No);
    };
    {
      const Steps steps(worker.page, [&] {
        if (++accesses >= from && !std::exchange(has_acted, true)) act();
      });
      wait(worker.port);
    }
    when_asleep = nullptr;
    CAPTURE(from);
    CHECK_FALSE(is_stuck);
    MUST(has_acted);
  }
  CHECK(accesses >= 2);
}

}  // namespace

// The test's own, in front of the C library's: who would sleep on a futex calls when_asleep instead.
extern "C" long syscall(long number, ...) noexcept {
  using Call = long (*)(long, ...);
  static const auto real = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "syscall"));
  va_list arguments;
  va_start(arguments, number);
  long a[6];
  for (long& one : a) one = va_arg(arguments, long);
  va_end(arguments);
  if (number != SYS_futex || a[1] != FUTEX_WAIT || !when_asleep)
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  protect(PROT_READ | PROT_WRITE);
  const bool sleeps = reinterpret_cast<std::atomic<std::uint32_t>*>(a[0])->load() == static_cast<std::uint32_t>(a[2]);
  if (sleeps) when_asleep();
  protect(PROT_NONE);
  if (sleeps) return 0;
  errno = EAGAIN;
  return -1;
}

TEST_CASE("port: an engine that lies down between any two steps of an answer is rung, or has seen it") {
  const std::vector<std::string_view> two = {"a", "b"};
  const std::vector<std::function<void(Port&, const WorkItem&)>> ways = {
      [](Port& port, const WorkItem& item) { port.answer(item, "y"); },
      [&](Port& port, const WorkItem& item) { port.answer(item, std::span<const std::string_view>(two)); },
      [](Port& port, const WorkItem& item) { port.fail(item, {}); },
      [](Port& port, const WorkItem& item) { port.acknowledge(item, 1); },
      [](Port& port, const WorkItem& item) {
        port.open_batch();
        port.answer(item, "y");
        port.close_batch();
      },
  };
  for (const auto& way : ways) {
    lie_down_while(way, /*for_room=*/false);
    lie_down_while(way, /*for_room=*/true);
  }
}

TEST_CASE("port: an engine that lies down between any two steps of a source that emits is rung, or has seen it") {
  lie_down_while(
      [](Port& port, const WorkItem&) {
        port.emit("small");
        port.flush();
      },
      /*for_room=*/false);
  const std::string large(2000, 'x');
  lie_down_while([&](Port& port, const WorkItem&) { port.emit(large); }, /*for_room=*/false);
  lie_down_while([](Port& port, const WorkItem&) { port.trouble("no room", true); }, /*for_room=*/false);
}

TEST_CASE("port: a worker that lies down for an item is woken, whichever step the item comes before") {
  EngineSide engine(4096);
  Worker worker(engine);
  act_while_it_lies_down(
      engine, worker, [&] { (void)engine.read(); }, [&] { engine.push({"one"}); },
      [](Port& port) {
        WorkItem item;
        MUST(port.take(item));
        port.answer(item, item.bytes);
      });
}

TEST_CASE("port: a worker that lies down for room is woken, whichever step the room comes before") {
  EngineSide engine(4096);
  Worker worker(engine);
  const std::string item = item_of_bytes(1024);
  for (int i = 0; i < 2; ++i) worker.port.emit(item), worker.port.flush();
  act_while_it_lies_down(
      engine, worker,
      [&] {
        for (int i = 0; i < 2; ++i) worker.port.emit(item), worker.port.flush();
      },
      [&] {
        Published record;
        for (int i = 0; i < 3; ++i) {
          if (!engine.link.peek(record)) std::abort();
          engine.link.consume();
        }
        engine.link.release(engine.wake.get());
      },
      [&](Port& port) { port.emit(item), port.flush(); });
}

TEST_CASE("port: a worker that lies down to poll is woken, whichever step the item comes before") {
  int accesses = 0;
  for (int from = 1; from == 1 || accesses + 1 >= from; ++from) {
    EngineSide engine(4096);
    Worker worker(engine);
    bool lies_down = false;
    accesses = 0;
    {
      const Steps steps(worker.page, [&] {
        if (++accesses == from) engine.push({"one"});
      });
      WorkItem none;
      if (worker.port.try_take(none) == Port::Take::Empty) lies_down = worker.port.arm_wake();
    }
    if (accesses < from) engine.push({"one"});
    pollfd entry{worker.port.wake_fd(), POLLIN, 0};
    CAPTURE(from);
    if (lies_down) CHECK(::poll(&entry, 1, 0) == 1);
  }
  CHECK(accesses >= 2);
}

#endif
