// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// A setting that a stage of a config is to have.
struct ConfigChange {
  std::string stage;
  std::string key;
  std::string value;  ///< JSON
};

struct EditedConfig {
  std::string text;                   ///< empty: it could not be edited at all, see `problem`
  std::string problem;                ///< why; empty: it could
  std::vector<std::string> left_out;  ///< changes that have no place in it, each with the reason
};

/// The text of a config with the changes in it. A key that the stage has gets the new value in place; one that it has
/// not is put behind its last, in the layout of that one. `defaults`, comments and every other byte stay as they are.
/// What it returns was read again, and says what the text said, the changes apart. Stages are found by their name as
/// the text has it. Pure.
[[nodiscard]] EditedConfig edit_config(std::string_view text, std::span<const ConfigChange> changes);

}  // namespace pooltop
