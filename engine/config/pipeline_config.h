// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/clock.h"
#include "engine/process/start_method.h"

namespace pooltop {

/// A pipeline as the engine runs it: a checked config with every default filled in and every ${NAME} replaced.
/// Strings are bytes as they came (UTF-8 where the JSON was).

struct ItemsSource {
  std::vector<std::string> items;  ///< strings as they are, other JSON values as compact JSON
};
struct RangeSource {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;  ///< never 0
};
struct LinesSource {
  std::string file;              ///< "-" is standard input
  std::string delimiter = "\n";  ///< one byte
};
struct GlobSource {
  std::vector<std::string> patterns;
};
struct CommandSource {
  std::vector<std::string> argv;
};
struct SourceConfig {
  std::variant<ItemsSource, RangeSource, LinesSource, GlobSource, CommandSource> from;
  std::optional<std::string> sentinel;  ///< the item bytes that end the stream
};

struct OpWork {
  std::string op;
  std::string args = "{}";            ///< compact JSON object, checked against the operator
  std::optional<std::string> plugin;  ///< path of the shared object that has the operator
};
enum class OutputMode : std::uint8_t { Whole, Lines, None };
struct CommandWork {
  std::vector<std::string>
      argv;  ///< "{}" inside an argument is the item; `shell` is {"/bin/sh", "-c", TEXT, "sh", "{}"}
  bool item_on_stdin = false;
  OutputMode output = OutputMode::Whole;
  bool is_shell = false;
};
enum class WorkerProtocol : std::uint8_t { Lines, Json };
struct WorkerWork {
  std::vector<std::string> argv;
  WorkerProtocol protocol = WorkerProtocol::Lines;
  std::uint32_t window = 8;
};
enum class Decode : std::uint8_t { Auto, Json, Text, Bytes };
struct PythonWork {
  std::string module;
  std::string function;
  std::string interpreter = "python3";
  std::string path;  ///< where the module lies; empty: the working directory
  Decode decode = Decode::Auto;
};

struct LinesSink {
  std::string file;  ///< "-" is standard output
  std::string delimiter = "\n";
};
struct JsonlSink {
  std::string file;
  bool embed_values = false;  ///< "values": "json"
};
struct CsvSink {
  std::string file;
};
struct CommandSink {
  std::vector<std::string> argv;
};
struct DiscardSink {};
struct SinkConfig {
  std::variant<LinesSink, JsonlSink, CsvSink, CommandSink, DiscardSink> to;
  bool ordered = false;
};

/// When failed items end the run.
struct FailurePolicy {
  enum class Kind : std::uint8_t { Keep, Stop, StopAtCount, StopAtShare } kind = Kind::Keep;
  std::uint64_t count = 0;  ///< StopAtCount
  double share = 0;         ///< StopAtShare: 0.1 for "10%", of at least 50 items
};

struct StageConfig {
  std::string name;
  std::variant<SourceConfig, OpWork, CommandWork, WorkerWork, PythonWork, SinkConfig> work;
  std::vector<std::string> from;  ///< upstream stages, filled in also where the config leaves it out; empty: a source

  std::uint64_t capacity = 1024;
  std::uint64_t queue_bytes = 64u << 20;

  std::uint32_t workers = 1;
  std::uint32_t retries = 0;
  std::optional<Nanos> timeout;
  std::uint64_t max_items_per_worker = 0;  ///< 0: no limit
  FailurePolicy on_failure;
  double rate_per_s = 0;  ///< 0: no limit

  StartMethod start_method = StartMethod::Forkserver;
  std::uint32_t crash_retries = 3;
  Nanos backoff_first = kSecond;
  Nanos backoff_max = 60 * kSecond;
  std::uint32_t max_restarts = 5;
  Nanos restarts_within = 10 * kSecond;
  std::map<std::string, std::string> env;
  bool clear_env = false;
  std::string cwd;  ///< empty: where pooltop was started
  std::optional<int> nice;
  std::uint64_t memory_limit = 0;  ///< bytes of the worker's tree; 0: no limit

  std::vector<std::string> set_on_start;  ///< of live_keys(): those whose value --set gave, not the file

  [[nodiscard]] bool is_source() const { return std::holds_alternative<SourceConfig>(work); }
  [[nodiscard]] bool is_sink() const { return std::holds_alternative<SinkConfig>(work); }
};

enum class Durability : std::uint8_t { Process, Fsync, None };

struct PipelineConfig {
  std::string name;  ///< the run's
  std::string description;
  std::vector<StageConfig> stages;  ///< as in the config: an upstream stage may stand behind its reader
  std::uint64_t max_item_bytes = 16u << 20;
  Durability durability = Durability::Process;
  std::string text;  ///< the config as it was read, for the run's directory
  std::string file;  ///< where it was read from, absolute; empty: a pipe or stdin, where nothing can be written
};

/// "source", "op", "command", "shell", "worker", "python", "plugin" or "sink".
[[nodiscard]] std::string_view kind_of(const StageConfig& stage);

}  // namespace pooltop
