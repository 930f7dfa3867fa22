// SPDX-License-Identifier: MIT
#include "tui/cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "engine/base/io.h"
#include "tui/cli/options.h"

namespace pooltop {

void print(std::string_view text) {
  try {
    write_all(STDOUT_FILENO, text, "stdout");
  } catch (const std::system_error& error) {
    if (error.code().value() == EPIPE) throw CliError(kExitReaderGone, "");
    throw;
  }
}

void say(std::string_view text) noexcept {
  try {
    say_raw("pooltop: " + std::string(text) + "\n");
  } catch (const std::bad_alloc&) {
    say_raw(text);  // without its head, but said
  }
}

void say_raw(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace pooltop
