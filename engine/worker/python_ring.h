// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/fd.h"

namespace pooltop {

/// What a record of the ring says; python_shim.cc has the same numbers.
enum class PythonRecord : std::uint32_t { One = 0, None = 1, Part = 2, End = 3, Failed = 4, Pad = 5 };

/// Memory in which the Python side leaves its answers: visible at once and still there when it has died, without a
/// system call per answer. Layout: a page of 64-bit words (0: position behind the last record, written by Python;
/// 1: position read up to, written here; 2: 1 once the function is imported), then the ring. A record is
/// {u32 kind, u32 length}, the bytes, padding to 8; it never wraps.
/// What is read is Python's to write: every length is checked. Only the pages that were used take memory.
class PythonRing {
 public:
  static constexpr std::size_t kHeadBytes = 4096;

  /// Room for any two records of `max_item_bytes`. Throws std::system_error.
  explicit PythonRing(std::uint64_t max_item_bytes);
  ~PythonRing();
  PythonRing(const PythonRing&) = delete;
  PythonRing& operator=(const PythonRing&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] std::uint64_t ring_bytes() const noexcept { return size_; }
  [[nodiscard]] bool is_ready() const noexcept;

  struct Record {
    PythonRecord kind;
    std::string_view bytes;
  };
  /// The next record, valid until release(); nullopt when there is none now. Throws std::runtime_error on nonsense.
  [[nodiscard]] std::optional<Record> next();
  /// Gives back what next() gave so far.
  void release() noexcept;

 private:
  [[nodiscard]] std::uint64_t* word(std::size_t index) const noexcept;

  std::uint64_t size_;
  Fd fd_;
  char* map_ = nullptr;
  std::uint64_t position_ = 0;
};

/// The program that python runs; it defines nothing but what it needs, see python_shim.cc.
extern const std::string_view kPythonShim;

}  // namespace pooltop
