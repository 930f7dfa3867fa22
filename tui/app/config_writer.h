// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/model/run_settings.h"

namespace pooltop {

/// The config of a run with the settings that were changed while it ran in it.
struct RetunedConfig {
  std::string before;                 ///< what the run read, or what was last written for it, if the file is that now
  std::string after;                  ///< with the changed settings
  std::string name;                   ///< of the file, for a head; of a config from a pipe "config"
  std::string cannot_write;           ///< why it cannot be written; empty: it can
  std::vector<std::string> left_out;  ///< settings that have no place in the file, with the reason
  [[nodiscard]] bool is_saved() const { return cannot_write.empty() && before == after; }
};

/// Nothing was written. The message says why, and what to do.
class ConfigNotWritten : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the config from the run's directory and from its file; starts from the file's text if it is one that this run
/// knows, else from what the run read, and says in `cannot_write` that the file has been changed. Throws
/// ConfigNotWritten where the run's directory has no config, std::system_error.
[[nodiscard]] RetunedConfig retuned_config(const std::string& run_dir, const RunSettings& settings);

/// Puts `after` in the place of the config's file: beside it, synced, then renamed over it, with its mode. Links in its
/// path are followed. Refused: a file that is another user's, has several names, may not be written, or was changed
/// since the run started. Throws ConfigNotWritten.
void write_retuned(const std::string& run_dir, const RunSettings& settings, const RetunedConfig& config);

/// "2 settings changed, not in the config: pooltop set crawl --diff"; empty where there is nothing to say. Never
/// throws: what cannot be read is not saved.
[[nodiscard]] std::string unsaved_line(const std::string& run, const std::string& run_dir, const RunSettings& settings);

/// The settings that an ended run left; none if nobody changed any.
[[nodiscard]] RunSettings left_settings(const std::string& run_dir);

}  // namespace pooltop
