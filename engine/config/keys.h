// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pooltop {

/// What a key's value may be.
enum class KeyType : std::uint8_t {
  Any,
  Text,
  Name,
  Byte,  ///< a text of one byte
  File,  ///< a path, not empty
  Flag,
  Integer,   ///< min..max
  Size,      ///< "64KiB" or bytes, min..max
  Duration,  ///< "250ms" or seconds, more than 0 if min is 1
  Choice,    ///< one of `choices`
  Argv,      ///< a program and its arguments
  Texts,     ///< a text or a list of texts, not empty
  TextMap,   ///< an object of texts
  Values,    ///< a list of anything
  Range,     ///< [start, stop] or [start, stop, step]
  Function,  ///< "module:function"
  Rate,      ///< "100/s"
  Workers,   ///< min..max or "auto"
  OnFailure,
  StopAt,
  Backoff,
  MaxRestarts,
  Args,
  Source,
  Sink,
  Defaults,
  Stages,
};

/// The kinds of stages, of sources and of sinks, as bits: which of them a key fits.
using Kinds = std::uint32_t;
namespace stage_kind {
inline constexpr Kinds kSource = 1, kOp = 2, kCommand = 4, kShell = 8, kWorker = 16, kPython = 32, kPlugin = 64,
                       kSink = 128;
inline constexpr Kinds kWork = kOp | kCommand | kShell | kWorker | kPython | kPlugin;
inline constexpr Kinds kEvery = kSource | kWork | kSink;
inline constexpr Kinds kInDefaults = 256;  ///< the key may stand in `defaults` too
}  // namespace stage_kind
namespace source_kind {
inline constexpr Kinds kItems = 1, kRange = 2, kLines = 4, kGlob = 8, kCommand = 16, kEvery = 31;
}
namespace sink_kind {
inline constexpr Kinds kLines = 1, kJsonl = 2, kCsv = 4, kXlsx = 8, kCommand = 16, kDiscard = 32, kEvery = 63;
}

/// One key of a config's object: the parser, the JSON Schema and the messages all ask this row.
struct Key {
  std::string_view name;
  KeyType type;
  Kinds fits;
  std::string_view fallback;  ///< the default as one writes it in JSON; empty: there is none
  std::string_view help;      ///< one sentence, no full stop
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view choices = {};  ///< Choice: "lines|json", in the order of the enum
  bool or_null = false;           ///< null is none, also where `defaults` has a value
};

[[nodiscard]] std::span<const Key> pipeline_keys() noexcept;
[[nodiscard]] std::span<const Key> stage_keys() noexcept;
[[nodiscard]] std::span<const Key> source_keys() noexcept;
[[nodiscard]] std::span<const Key> sink_keys() noexcept;
[[nodiscard]] std::span<const Key> backoff_keys() noexcept;
[[nodiscard]] std::span<const Key> max_restarts_keys() noexcept;
[[nodiscard]] std::span<const Key> on_failure_keys() noexcept;

/// The bit of a kind's own key: stage_kind::kOp for "op"; 0 for every other key. `keys` is one of the three tables that
/// have kinds (stage_keys, source_keys, sink_keys).
[[nodiscard]] Kinds kind_of_key(std::span<const Key> keys, std::string_view name) noexcept;
/// "op", "command" ... : the names of the kinds in `kinds`.
[[nodiscard]] std::string kind_names(std::span<const Key> keys, Kinds kinds, std::string_view last_joint);

/// "must be 1..4096", "must be \"lines\" or \"json\"": what the key accepts.
[[nodiscard]] std::string accepted(const Key& key);

/// A letter, then letters, digits, "_", "-" (and "." with `dots`); at most 64.
[[nodiscard]] bool is_name(std::string_view text, bool dots) noexcept;

}  // namespace pooltop
