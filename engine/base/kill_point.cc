// SPDX-License-Identifier: MIT
#include "engine/base/kill_point.h"

#ifdef POOLTOP_KILL_POINTS

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "engine/base/text.h"

namespace pooltop {

namespace {

struct Armed {
  std::string name;  // empty: none is
  unsigned every = 1;
  std::string file;
  unsigned count = 0;
  unsigned passed = 0;
  bool is_spent = false;
};

// What is no such value arms nothing: it would be seen by the tests, which count the kills.
Armed read_armed() {
  const char* const value = std::getenv("POOLTOP_KILL_POINT");
  const std::string text = value == nullptr ? "" : value;
  Armed armed;
  const auto first = text.find(':');
  const auto second = text.find(':', first == std::string::npos ? first : first + 1);
  const auto last = text.rfind(':');
  if (second == std::string::npos || last <= second) return armed;
  const std::string_view all = text;
  if (!read_number(all.substr(first + 1, second - first - 1), armed.every) || armed.every == 0) return armed;
  if (!read_number(all.substr(last + 1), armed.count)) return armed;
  armed.file = text.substr(second + 1, last - second - 1);
  armed.name = text.substr(0, first);
  return armed;
}

// One of the files: whoever removes it has it.
bool take_one(const Armed& armed) {
  for (unsigned i = 1; i <= armed.count; ++i)
    if (::unlink((armed.file + "." + std::to_string(i)).c_str()) == 0) return true;
  return false;
}

}  // namespace

void kill_point(const char* name) noexcept {
  static Armed armed = read_armed();
  if (armed.name != name || armed.is_spent || ++armed.passed % armed.every != 0) return;
  const int error = errno;
  if (take_one(armed)) ::kill(::getpid(), SIGKILL);
  armed.is_spent = true;
  errno = error;
}

}  // namespace pooltop

#endif
