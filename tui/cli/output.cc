// SPDX-License-Identifier: MIT
#include "tui/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "tui/cli/options.h"
#include "tui/plain/line.h"

namespace pooltop {

namespace {

// stderr is the process's, so is how it is written to.
std::optional<std::string> json_run;

// Names of files and words of the command line are in it: whatever they hold, a terminal gets printable lines.
std::string printable_lines(std::string_view text) {
  std::string lines;
  for (std::size_t begin = 0, end = 0; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    lines += printable(text.substr(begin, end - begin)) + "\n";
  }
  return lines;
}

void say_headed(std::string_view head, std::string_view text) noexcept {
  try {
    if (!json_run) return say_raw(std::string(head) + printable_lines(text));
    const std::string shown = nlohmann::json(printable(text)).dump();
    say_raw(as_json({"message", "", "\"text\":" + shown}, *json_run, wall_now_us()));
  } catch (const std::bad_alloc&) {
    say_raw(text);  // without its head, but said
  }
}

}  // namespace

void hold_standard_streams() noexcept {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this stream's. Where even that fails, all else will say so.
    [[maybe_unused]] const int fd = ::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void print(std::string_view text) {
  try {
    write_all(STDOUT_FILENO, text, "stdout");
  } catch (const std::system_error& error) {
    if (error.code().value() == EPIPE) throw CliError(kExitReaderGone, "");
    throw;
  }
}

void say(std::string_view text) noexcept { say_headed("pooltop: ", text); }

void say_line(std::string_view text) noexcept { say_headed("", text); }

void say_as_json(std::string run) { json_run = std::move(run); }

void say_raw(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace pooltop
