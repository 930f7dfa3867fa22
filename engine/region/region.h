// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/fd.h"
#include "engine/region/layout.h"

namespace pooltop {

/// One process's mapping of a region. Unmapped when destroyed; the memory lives while anybody maps it or holds a
/// descriptor. A memfd: it has no name, so nothing is left behind, whoever dies.
class RegionMap {
 public:
  /// A new region, pages allocated and size sealed: a full memory is std::system_error "fallocate region: No space
  /// left on device" here and not a SIGBUS later. Children made by fork do not see it.
  [[nodiscard]] static RegionMap create(std::uint64_t ring_bytes, std::string_view spec, bool carries_ids, Fd& fd,
                                        std::uint64_t begin = 0);
  /// Somebody else's region; throws std::runtime_error if it is none of this version or its sizes do not fit the file.
  [[nodiscard]] static RegionMap attach(int fd);
  /// The same mapping, which must not outlive this one: two threads at the same addresses, where a sanitizer sees both.
  [[nodiscard]] RegionMap alias() const;

  RegionMap(RegionMap&& other) noexcept;
  RegionMap& operator=(RegionMap&& other) noexcept;
  ~RegionMap();

  [[nodiscard]] ControlPage& page() const noexcept { return *page_; }
  [[nodiscard]] std::byte* inbox(std::uint64_t position) const noexcept { return inbox_ + (position & mask_); }
  [[nodiscard]] std::byte* outbox(std::uint64_t position) const noexcept { return outbox_ + (position & mask_); }
  /// Private copy of the ring's size: what the page says is not believed twice.
  [[nodiscard]] std::uint64_t ring_bytes() const noexcept { return mask_ + 1; }
  [[nodiscard]] std::string_view spec() const noexcept { return spec_; }

 private:
  RegionMap() = default;
  void map(int fd, std::uint64_t ring_bytes, std::uint64_t head_bytes);
  void keep_from_children() const;
  void unmap() noexcept;

  ControlPage* page_ = nullptr;
  std::byte* inbox_ = nullptr;
  std::byte* outbox_ = nullptr;
  std::uint64_t mask_ = 0;
  std::uint64_t head_bytes_ = 0;
  std::string_view spec_;
  bool is_alias_ = false;
};

/// Sleeps while `word` is `value`; returns on a wake, a change or a signal. Shared between processes.
void futex_wait(std::atomic<Sleep>& word, Sleep value) noexcept;
void futex_wake(std::atomic<Sleep>& word) noexcept;

}  // namespace pooltop
