// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/config/pipeline_config.h"
#include "engine/model/run_settings.h"

namespace pooltop {

/// The keys of a stage that can be changed while it runs, in the order in which they are shown.
[[nodiscard]] std::span<const std::string_view> live_keys() noexcept;

/// Whether a stage of that kind has the key: a source has no timeout.
[[nodiscard]] bool fits_stage(std::string_view key, const StageConfig& stage);

/// What one of live_keys() accepts, and what it is for, in the config's words: `1..4096 or "auto"`, "how many
/// processes".
[[nodiscard]] std::string accepted_by_setting(std::string_view key);
[[nodiscard]] std::string_view about_setting(std::string_view key);

/// The stage's value of one of live_keys() as JSON: 8, "30s", "100/s", null where it has none. put_setting() reads it
/// back to the same value.
[[nodiscard]] std::string setting_of(const StageConfig& stage, std::string_view key);

/// Reads `value`, a JSON text, as the config would and puts it into `out`. Returns what is wrong with it, in the words
/// of the config; empty: it is in. A key that is none of live_keys(), or does not fit `stage`, is wrong too. `out` may
/// be `stage`, or another config, to try.
[[nodiscard]] std::string put_setting(const StageConfig& stage, std::string_view key, std::string_view value,
                                      StageConfig& out);

/// A value as a user writes it (JSON, else text; none is null), as JSON.
[[nodiscard]] std::string value_from_words(std::string_view text);

/// A value of setting_of() as one reads it: none, 30s, 8.
[[nodiscard]] std::string value_in_words(std::string_view value);

/// The changed settings of a run as one reads them: "fetch.timeout 30s, fetch.workers 8".
[[nodiscard]] std::string changes_in_words(const RunSettings& settings);

}  // namespace pooltop
