// SPDX-License-Identifier: MIT
#include "engine/base/error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <system_error>

namespace pooltop {

int check(long result, std::string_view call, std::string_view object) {
  if (result >= 0) return static_cast<int>(result);
  throw_system_error(errno, call, object);
}

void throw_system_error(int error, std::string_view call, std::string_view object) {
  throw std::system_error(error, std::generic_category(), fmt::format("{} {}", call, object));
}

std::string reason_of(int error) { return std::generic_category().message(error); }

namespace {
class NoMemory final : public std::bad_alloc {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "Cannot allocate memory"; }
};
}  // namespace

void name_shortage_of_memory() noexcept {
  std::set_new_handler([] { throw NoMemory(); });
}

namespace detail {
void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "pooltop: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}
}  // namespace detail

}  // namespace pooltop
