// SPDX-License-Identifier: MIT
#include "engine/worker/python_ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "engine/base/error.h"

namespace pooltop {

PythonRing::PythonRing(std::uint64_t max_item_bytes)
    : size_(std::bit_ceil(2 * max_item_bytes + (1u << 20))),
      fd_(check(::memfd_create("pooltop-python", MFD_CLOEXEC), "memfd_create", "python ring")) {
  check(::ftruncate(fd_.get(), static_cast<off_t>(kHeadBytes + size_)), "ftruncate", "python ring");
  void* const map = ::mmap(nullptr, kHeadBytes + size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (map == MAP_FAILED) throw_system_error(errno, "mmap", "python ring");
  map_ = static_cast<char*>(map);
}

PythonRing::~PythonRing() { ::munmap(map_, kHeadBytes + size_); }

std::uint64_t* PythonRing::word(std::size_t index) const noexcept {
  return reinterpret_cast<std::uint64_t*>(map_) + index;
}

bool PythonRing::is_ready() const noexcept { return std::atomic_ref(*word(2)).load(std::memory_order_acquire) == 1; }

std::optional<PythonRing::Record> PythonRing::next() {
  // Pairs with a plain store of Python's that many instructions separate from the bytes before it.
  const std::uint64_t end = std::atomic_ref(*word(0)).load(std::memory_order_acquire);
  for (;;) {
    if (position_ == end) return std::nullopt;
    const std::uint64_t offset = position_ & (size_ - 1);
    std::uint32_t head[2];
    std::memcpy(head, map_ + kHeadBytes + offset, sizeof head);
    const std::uint64_t bytes = sizeof head + ((std::uint64_t{head[1]} + 7) & ~std::uint64_t{7});
    const bool is_pad = static_cast<PythonRecord>(head[0]) == PythonRecord::Pad;
    const std::uint64_t step = is_pad ? size_ - offset : bytes;
    const bool sane = (position_ & 7) == 0 && end - position_ <= size_ && head[0] <= 5 && step <= end - position_ &&
                      offset + step <= size_;
    if (!sane) throw std::runtime_error("python: nonsense where its answers are kept");
    position_ += step;
    if (!is_pad) return Record{static_cast<PythonRecord>(head[0]), {map_ + kHeadBytes + offset + sizeof head, head[1]}};
  }
}

void PythonRing::release() noexcept { std::atomic_ref(*word(1)).store(position_, std::memory_order_release); }

}  // namespace pooltop
