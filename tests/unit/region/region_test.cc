// SPDX-License-Identifier: MIT
#include "engine/region/region.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "tests/support/process_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

constexpr std::uint64_t kRing = 16 << 10;

int mappings() {
  const std::string maps = read_file("/proc/self/maps", 16 << 20).value();
  int count = 0;
  for (std::size_t at = maps.find("pooltop-region"); at != std::string::npos; at = maps.find("pooltop-region", at + 1))
    ++count;
  return count;
}

bool is_mapped(const void* address) {
  unsigned char resident = 0;
  return ::mincore(const_cast<void*>(address), 4096, &resident) == 0;
}

void read_head(const Fd& region, ControlPage& head) {
  check(::pread(region.get(), static_cast<void*>(&head), sizeof head, 0), "pread", "region");
}

/// What attach says of a file that begins like a good region of kRing and a spec of 5 bytes, but for `change`.
std::string attach_to_forgery(const std::function<void(ControlPage&)>& change,
                              std::optional<off_t> size = std::nullopt) {
  Fd good;
  const RegionMap region = RegionMap::create(kRing, "hello", false, good);
  ControlPage head{};
  read_head(good, head);
  change(head);
  struct stat info {};
  check(::fstat(good.get(), &info), "fstat", "region");
  const Fd forged(check(::memfd_create("forged", MFD_CLOEXEC), "memfd_create", "forged"));
  check(::ftruncate(forged.get(), size.value_or(info.st_size)), "ftruncate", "forged");
  if (size.value_or(info.st_size) >= 4096)
    check(::pwrite(forged.get(), static_cast<const void*>(&head), sizeof head, 0), "pwrite", "forged");
  try {
    static_cast<void>(RegionMap::attach(forged.get()));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "attached";
}

}  // namespace

TEST_CASE("region: what one mapping writes the other reads, and the spec travels whole") {
  std::string spec(10'000, 's');
  spec[5000] = '\0';
  Fd fd;
  const RegionMap engine = RegionMap::create(kRing, spec, true, fd);
  const RegionMap worker = RegionMap::attach(fd.get());

  engine.page().in_tail.store(77);
  std::memcpy(engine.inbox(0), "in", 2);
  std::memcpy(worker.outbox(0), "out", 3);

  CHECK(worker.spec() == spec);
  CHECK(worker.page().carries_ids == 1);
  CHECK(worker.page().in_tail.load() == 77);
  CHECK(worker.ring_bytes() == kRing);
  CHECK(std::memcmp(worker.inbox(0), "in", 2) == 0);
  CHECK(std::memcmp(engine.outbox(0), "out", 3) == 0);
  CHECK(worker.page().current.load() == 0);
}

TEST_CASE("region: a record that crosses a ring's end is contiguous, from every position") {
  Fd fd;
  const RegionMap engine = RegionMap::create(4096, "", false, fd);
  const RegionMap worker = RegionMap::attach(fd.get());
  const std::string text = "a record that crosses the end";

  for (std::uint64_t position = 4096 - 40; position < 4096 + 8; ++position) {
    std::memcpy(engine.inbox(position), text.data(), text.size());
    std::memcpy(worker.outbox(position), text.data(), text.size());
    CHECK(std::memcmp(worker.inbox(position + 4096 * 1000), text.data(), text.size()) == 0);
    CHECK(std::memcmp(engine.outbox(position), text.data(), text.size()) == 0);
  }
}

TEST_CASE("region: the two rings do not overlap each other, nor the page and the spec") {
  Fd fd;
  const RegionMap region = RegionMap::create(4096, "spec", false, fd);

  std::memset(region.inbox(0), 0x11, 4096);
  std::memset(region.outbox(0), 0x22, 4096);

  CHECK(region.spec() == "spec");
  CHECK(region.page().magic == kRegionMagic);
  CHECK(region.page().in_tail.load() == 0);
  CHECK(*region.inbox(4095) == std::byte{0x11});
  CHECK(*region.outbox(4095) == std::byte{0x22});
}

TEST_CASE("region: its size is sealed, its pages are there, and no program inherits it") {
  Fd fd;
  const RegionMap region = RegionMap::create(kRing, "spec", false, fd);
  struct stat info {};
  REQUIRE(::fstat(fd.get(), &info) == 0);

  CHECK(info.st_size == static_cast<off_t>(4096 + 4096 + 2 * kRing));
  CHECK(info.st_blocks * 512 >= info.st_size);
  CHECK(::ftruncate(fd.get(), 0) == -1);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(fd.get(), info.st_size + 4096) == -1);
  CHECK(errno == EPERM);
  CHECK(::fcntl(fd.get(), F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("region: a forked process sees no mapping of it, the engine's or a worker's") {
  Fd fd;
  const RegionMap engine = RegionMap::create(kRing, "spec", false, fd);
  const RegionMap worker = RegionMap::attach(fd.get());
  const std::vector<const void*> addresses = {&engine.page(),          &worker.page(),          engine.inbox(0),
                                              worker.inbox(0),         engine.outbox(0),        worker.outbox(0),
                                              engine.inbox(0) + kRing, worker.outbox(0) + kRing};
  for (const void* address : addresses) REQUIRE(is_mapped(address));  // each of them: neighbours may be one mapping

  const Child child = fork_body([&] {
    for (const void* address : addresses)
      if (is_mapped(address)) return 1;
    return mappings() == 0 ? 0 : 2;
  });

  CHECK(wait_end(child.pidfd, 10 * kSecond).value().code == 0);
  CHECK(is_mapped(&engine.page()));
}

TEST_CASE("region: its memory lives while one mapping does, and nothing of it is left after") {
  REQUIRE(mappings() == 0);
  {
    Fd fd;
    auto engine = std::make_unique<RegionMap>(RegionMap::create(kRing, "spec", false, fd));
    RegionMap worker = RegionMap::attach(fd.get());
    fd.reset();
    worker.page().out_tail.store(8);
    engine.reset();
    RegionMap moved = std::move(worker);
    worker = std::move(moved);

    CHECK(worker.page().out_tail.load() == 8);
    CHECK(worker.spec() == "spec");
    CHECK(mappings() == 5);
  }
  CHECK(mappings() == 0);
}

TEST_CASE("region: attach refuses what is no region of this version") {
  CHECK(attach_to_forgery([](ControlPage&) {}) == "attached");
  CHECK(attach_to_forgery([](ControlPage&) {}, 0) == "region: too small");
  CHECK(attach_to_forgery([](ControlPage&) {}, 4095) == "region: too small");
  CHECK(attach_to_forgery([](ControlPage& head) { head.magic ^= 1; }) == "region: not of this version");
  CHECK(attach_to_forgery([](ControlPage& head) { head.version += 1; }) == "region: not of this version");
  CHECK_THROWS_AS(static_cast<void>(RegionMap::attach(-1)), std::system_error);
}

TEST_CASE("region: attach refuses sizes that do not fit the file, whichever it is") {
  const std::string refused = "region: sizes do not fit";
  const off_t good = 4096 + 4096 + 2 * kRing;
  CHECK(attach_to_forgery([](ControlPage&) {}, good - 4096) == refused);
  CHECK(attach_to_forgery([](ControlPage&) {}, good + 1) == refused);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2048}, kRing - 1, 2 * kRing,
                                    kRing / 2, std::uint64_t{1} << 31, std::uint64_t{1} << 63, UINT64_MAX})
    CHECK(attach_to_forgery([&](ControlPage& head) { head.ring_bytes = bytes; }) == refused);
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{8192}, UINT64_MAX}) {
    CHECK(attach_to_forgery([&](ControlPage& head) { head.spec_offset = offset; }) == refused);
    CHECK(attach_to_forgery([&](ControlPage& head) { head.inbox_offset = offset == 8192 ? 4096 : offset; }) == refused);
    CHECK(attach_to_forgery([&](ControlPage& head) { head.outbox_offset = offset; }) == refused);
  }
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{4097}, static_cast<std::uint64_t>(good), UINT64_MAX, UINT64_MAX - 4000})
    CHECK(attach_to_forgery([&](ControlPage& head) { head.spec_bytes = bytes; }) == refused);
}

TEST_CASE("region: memory that cannot be had is an error at its creation") {
  const Child child = fork_body([] {
    // A limit on files' sizes stands in for a full memory: the allocation is refused in the same place.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{8192, 8192};
    check(::setrlimit(RLIMIT_FSIZE, &small), "setrlimit", "FSIZE");
    Fd fd;
    try {
      static_cast<void>(RegionMap::create(kRing, "", false, fd));
    } catch (const std::system_error& error) {
      return std::string(error.what()).starts_with("fallocate region of ") && mappings() == 0 ? 0 : 1;
    }
    return 2;
  });

  CHECK(wait_end(child.pidfd, 10 * kSecond).value().code == 0);
}
