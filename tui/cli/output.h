// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace pooltop {

/// Puts something on a standard stream that this process was started without, before another file gets its number. What
/// is written to stdout is then refused by the system, and so never believed to have been read.
void hold_standard_streams() noexcept;

/// All of it to stdout. Throws CliError(141) when its reader went away, std::system_error otherwise.
void print(std::string_view text);

/// "pooltop: TEXT\n" to stderr, as one write. Never fails: where stderr is gone, nobody reads.
void say(std::string_view text) noexcept;

/// The same without the "pooltop: " in front: a diagnostic that begins with its file and line.
void say_line(std::string_view text) noexcept;

/// From now on say() and say_line() write objects {"event": "message", "time", "run", "text"}: whoever reads stderr as
/// JSON lines can read all of them. `run` is empty as long as its name is not known.
void say_as_json(std::string run);

/// As it is to stderr, the same way.
void say_raw(std::string_view text) noexcept;

}  // namespace pooltop
