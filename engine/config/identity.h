// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/config/pipeline_config.h"

namespace pooltop {

/// What a pipeline is, for a later run that wants to go on where one of it stopped: per stage its name, kind, `from`,
/// source or sink; of a source's file also size and time of change; and, as words, what may differ. Kept in the run's
/// directory, read by any later version.
///   start_dir  what the config's relative paths are relative to
[[nodiscard]] nlohmann::ordered_json identity_of(const PipelineConfig& config, const std::string& start_dir);

struct IdentityChange {
  std::vector<std::string> refused;  ///< what must not differ: printable sentences, "stage hash: its kind was op …"
  std::vector<std::string> named;    ///< what may: "hash: workers 4 -> 8"
};
/// What is different between two identities. `before` comes from a file: what is not an identity gives a refusal.
[[nodiscard]] IdentityChange compare_identities(const nlohmann::ordered_json& before,
                                                const nlohmann::ordered_json& now);

/// The sources that could not be read again when the run was started, by an identity of it.
[[nodiscard]] std::vector<std::string> sources_read_once(const nlohmann::ordered_json& identity);

/// False of a source that cannot hand over its items once more from the beginning: standard input, a pipe, a command.
[[nodiscard]] bool can_read_again(const StageConfig& stage, const std::string& start_dir);

}  // namespace pooltop
