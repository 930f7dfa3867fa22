// SPDX-License-Identifier: MIT
// Which files a pipeline reads and writes, and that none is written twice or read while it is written.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <unordered_map>

#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

struct FileOf {
  const std::string* operator()(const LinesSink& sink) const { return &sink.file; }
  const std::string* operator()(const JsonlSink& sink) const { return &sink.file; }
  const std::string* operator()(const CsvSink& sink) const { return &sink.file; }
  const std::string* operator()(const CommandSink&) const { return nullptr; }
  const std::string* operator()(const DiscardSink&) const { return nullptr; }
};

// Where the links at the end of `path` lead, also to a file that is not there yet.
std::filesystem::path through_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::error_code none;           // no link: this is the end
  for (int i = 0; i < kMostLinks; ++i) {
    const auto to = std::filesystem::read_symlink(path, none);
    if (none) break;
    path = path.parent_path() / to;
  }
  return path;
}

// The same text for the same file, whatever it is called; empty for what several may write at once (a device, a pipe).
std::string identity(const std::string& path, const LoadOptions& options) {
  if (path.empty() || path == "-") return path;
  const std::string full = from_start_dir(path, options);
  if (!options.check_system) return std::filesystem::path(full).lexically_normal();
  struct stat info {};
  if (::stat(full.c_str(), &info) == 0)
    return S_ISREG(info.st_mode) ? fmt::format("{}:{}", info.st_dev, info.st_ino) : "";
  std::error_code ignored;  // a path that cannot be followed is compared as it is; check_system says what is wrong
  const auto canonical = std::filesystem::weakly_canonical(std::filesystem::absolute(through_links(full)), ignored);
  return ignored ? full : canonical.string();
}

std::string sink_pointer(std::size_t stage, const SinkConfig& sink) {
  return fmt::format("/stages/{}/sink/{}", stage, file_key_of(sink));
}

}  // namespace

const std::string* file_of(const SinkConfig& sink) { return std::visit(FileOf{}, sink.to); }

std::string_view file_key_of(const SinkConfig& sink) {
  constexpr std::string_view kKeys[] = {"lines", "jsonl", "csv"};
  return kKeys[sink.to.index()];
}

std::string from_start_dir(const std::string& path, const LoadOptions& options) {
  return std::filesystem::path(options.start_dir) / path;
}

void check_files_once(const PipelineConfig& config, const LoadOptions& options, Reporter& reporter) {
  std::unordered_map<std::string, std::string> readers;
  for (const StageConfig& stage : config.stages) {
    const auto* const source = std::get_if<SourceConfig>(&stage.work);
    const auto* const lines = source == nullptr ? nullptr : std::get_if<LinesSource>(&source->from);
    if (lines == nullptr) continue;
    const bool is_new = readers.emplace(identity(lines->file, options), stage.name).second;
    if (!is_new && lines->file == "-")
      reporter.value(fmt::format("/stages/{}/source/lines", &stage - config.stages.data()),
                     "must be a file: another source reads standard input");
  }
  std::unordered_map<std::string, std::string> writers;
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    const auto* const sink = std::get_if<SinkConfig>(&config.stages[i].work);
    const std::string* const file = sink == nullptr ? nullptr : file_of(*sink);
    const std::string id = file == nullptr ? "" : identity(*file, options);
    if (id.empty()) continue;
    const std::string shown_file = id == "-" ? "standard output" : in_quotes(*file);
    if (const auto reader = readers.find(id); id != "-" && reader != readers.end())
      reporter.value(sink_pointer(i, *sink), fmt::format("{} is read by stage {} too: a sink would empty it",
                                                         shown_file, in_quotes(reader->second)));
    const auto [writer, is_new] = writers.emplace(id, config.stages[i].name);
    if (!is_new)
      reporter.value(sink_pointer(i, *sink), fmt::format("{} is written by stage {} too; a file has one sink",
                                                         shown_file, in_quotes(writer->second)));
  }
  if (!config.stages.back().is_sink() && writers.contains("-"))
    reporter.value(fmt::format("/stages/{}", config.stages.size() - 1),
                   fmt::format("prints its results on standard output, where stage {} writes too: give it a sink",
                               in_quotes(writers.at("-"))));
}

}  // namespace pooltop
