// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pooltop {

/// A system call's result, or std::system_error "CALL OBJECT: reason" when it is negative (reads errno first).
///   check(::open(path, O_RDONLY | O_CLOEXEC), "open", path)
int check(long result, std::string_view call, std::string_view object);

/// Throws std::system_error(error, "CALL OBJECT").
[[noreturn]] void throw_system_error(int error, std::string_view call, std::string_view object);

/// "No such file or directory" for ENOENT.
[[nodiscard]] std::string reason_of(int error);

/// From now on the std::bad_alloc of memory that cannot be had says what a user can read, "Cannot allocate memory". For
/// main(): it holds for the process and what it forks.
void name_shortage_of_memory() noexcept;

namespace detail {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

}  // namespace pooltop

/// A bug, not an input: aborts with the expression, in release too.
#define POOLTOP_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::pooltop::detail::assertion_failed(#expression, __FILE__, __LINE__))
