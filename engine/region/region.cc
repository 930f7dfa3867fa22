// SPDX-License-Identifier: MIT
#include "engine/region/region.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "engine/base/error.h"

namespace pooltop {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMaxRing = 1u << 30;

void* map_shared(int fd, void* at, std::uint64_t bytes, std::uint64_t offset) {
  const int fixed = at == nullptr ? 0 : MAP_FIXED;
  void* const p = ::mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | fixed, fd, static_cast<off_t>(offset));
  if (p == MAP_FAILED) throw_system_error(errno, "mmap", "region");
  return p;
}

// The ring twice, back to back: a record that crosses its end is contiguous all the same.
std::byte* map_ring(int fd, std::uint64_t offset, std::uint64_t bytes) {
  void* const p = ::mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) throw_system_error(errno, "mmap", "region");
  auto* const at = static_cast<std::byte*>(p);
  map_shared(fd, at, bytes, offset);
  map_shared(fd, at + bytes, bytes, offset);
  return at;
}

}  // namespace

RegionMap RegionMap::create(std::uint64_t ring_bytes, std::string_view spec, bool carries_ids, Fd& fd,
                            std::uint64_t begin) {
  POOLTOP_ASSERT(std::has_single_bit(ring_bytes) && ring_bytes >= kPage && ring_bytes <= kMaxRing);
  const std::uint64_t head = kPage + padded(spec.size(), kPage);
  const std::uint64_t size = head + 2 * ring_bytes;
  fd = Fd(check(::memfd_create("pooltop-region", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create", "region"));
  if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0)
    throw_system_error(error, "fallocate", "region of " + std::to_string(size) + " bytes");
  check(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "seal", "region");
  RegionMap region;
  region.map(fd.get(), ring_bytes, head);
  auto& page = *new (region.page_) ControlPage{};
  page.magic = kRegionMagic;
  page.version = kRegionVersion;
  page.carries_ids = carries_ids ? 1 : 0;
  page.ring_bytes = ring_bytes;
  page.spec_offset = kPage;
  page.spec_bytes = spec.size();
  page.inbox_offset = head;
  page.outbox_offset = head + ring_bytes;
  for (auto* position : {&page.in_tail, &page.in_head, &page.out_tail, &page.out_head, &page.want_head})
    position->store(begin, std::memory_order_relaxed);
  auto* const spec_at = reinterpret_cast<char*>(region.page_) + kPage;
  std::copy(spec.begin(), spec.end(), spec_at);  // an empty one may have no address
  region.spec_ = {spec_at, spec.size()};
  region.keep_from_children();
  return region;
}

RegionMap RegionMap::attach(int fd) {
  struct stat info{};
  check(::fstat(fd, &info), "fstat", "region");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < kPage) throw std::runtime_error("region: too small");
  ControlPage head{};
  {
    void* const p = map_shared(fd, nullptr, kPage, 0);
    std::memcpy(static_cast<void*>(&head), p, sizeof head);
    ::munmap(p, kPage);
  }
  if (head.magic != kRegionMagic || head.version != kRegionVersion) throw std::runtime_error("region: not of this version");
  const bool fits = std::has_single_bit(head.ring_bytes) && head.ring_bytes >= kPage && head.ring_bytes <= kMaxRing &&
                    head.spec_offset == kPage && head.spec_bytes < size && head.inbox_offset >= kPage &&
                    head.inbox_offset == kPage + padded(head.spec_bytes, kPage) &&
                    head.outbox_offset == head.inbox_offset + head.ring_bytes &&
                    size == head.outbox_offset + head.ring_bytes;
  if (!fits) throw std::runtime_error("region: sizes do not fit");
  RegionMap region;
  region.map(fd, head.ring_bytes, head.inbox_offset);
  region.spec_ = {reinterpret_cast<char*>(region.page_) + kPage, head.spec_bytes};
  region.keep_from_children();
  return region;
}

void RegionMap::map(int fd, std::uint64_t ring_bytes, std::uint64_t head_bytes) {
  mask_ = ring_bytes - 1;
  head_bytes_ = head_bytes;
  page_ = static_cast<ControlPage*>(map_shared(fd, nullptr, head_bytes, 0));
  inbox_ = map_ring(fd, head_bytes, ring_bytes);
  outbox_ = map_ring(fd, head_bytes + ring_bytes, ring_bytes);
}

// A child made by fork (another worker, a plugin's helper) must not be able to write into this region.
void RegionMap::keep_from_children() const {
  check(::madvise(page_, head_bytes_, MADV_DONTFORK), "madvise", "region");
  check(::madvise(inbox_, 2 * ring_bytes(), MADV_DONTFORK), "madvise", "region");
  check(::madvise(outbox_, 2 * ring_bytes(), MADV_DONTFORK), "madvise", "region");
}

RegionMap RegionMap::alias() const {
  RegionMap other;
  other.page_ = page_;
  other.inbox_ = inbox_;
  other.outbox_ = outbox_;
  other.mask_ = mask_;
  other.head_bytes_ = head_bytes_;
  other.spec_ = spec_;
  other.is_alias_ = true;
  return other;
}

void RegionMap::unmap() noexcept {
  if (is_alias_) return;
  if (page_ != nullptr) ::munmap(page_, head_bytes_);
  if (inbox_ != nullptr) ::munmap(inbox_, 2 * ring_bytes());
  if (outbox_ != nullptr) ::munmap(outbox_, 2 * ring_bytes());
  page_ = nullptr;
  inbox_ = outbox_ = nullptr;
}

RegionMap::RegionMap(RegionMap&& other) noexcept { *this = std::move(other); }

RegionMap& RegionMap::operator=(RegionMap&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  page_ = std::exchange(other.page_, nullptr);
  inbox_ = std::exchange(other.inbox_, nullptr);
  outbox_ = std::exchange(other.outbox_, nullptr);
  mask_ = other.mask_;
  head_bytes_ = other.head_bytes_;
  spec_ = other.spec_;
  is_alias_ = other.is_alias_;
  return *this;
}

RegionMap::~RegionMap() { unmap(); }

namespace {
// The word is an enum of 4 bytes; the kernel wants its address only.
std::uint32_t* word_of(std::atomic<Sleep>& word) noexcept { return reinterpret_cast<std::uint32_t*>(&word); }
}  // namespace

void futex_wait(std::atomic<Sleep>& word, Sleep value) noexcept {
  ::syscall(SYS_futex, word_of(word), FUTEX_WAIT, static_cast<std::uint32_t>(value), nullptr, nullptr, 0);
}

void futex_wake(std::atomic<Sleep>& word) noexcept { ::syscall(SYS_futex, word_of(word), FUTEX_WAKE, 1, nullptr, nullptr, 0); }

}  // namespace pooltop
