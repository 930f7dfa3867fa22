// SPDX-License-Identifier: MIT
#include "engine/config/describe.h"

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "engine/config/identity.h"
#include "engine/config/json_document.h"

namespace pooltop {

namespace {

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + json_quoted(text);
  return printable(out + "]");
}

std::string name_of_file(const std::string& file, std::string_view standard) {
  return file == "-" ? std::string(standard) : printable(json_quoted(file));
}

// The lines below a stage's head.
class Details {
 public:
  explicit Details(const std::filesystem::path& start_dir) : start_dir_(start_dir) {}

  std::string operator()(const SourceConfig& source) const {
    std::string text = std::visit(*this, source.from);
    if (source.sentinel) text += fmt::format(", up to the sentinel {}", printable(json_quoted(*source.sentinel), 64));
    return text;
  }
  std::string operator()(const ItemsSource& source) const { return fmt::format("{} items", source.items.size()); }
  std::string operator()(const RangeSource& source) const {
    return fmt::format("range from {} to before {} by {}", source.start, source.stop, source.step);
  }
  std::string operator()(const LinesSource& source) const {
    return "lines of " + name_of_file(source.file, "standard input");
  }
  std::string operator()(const GlobSource& source) const { return "files that match " + list_of(source.patterns); }
  std::string operator()(const CommandSource& source) const {
    return fmt::format("runs {}, each line is an item", list_of(source.argv));
  }

  std::string operator()(const OpWork& work) const {
    return fmt::format("operator {} {}{}", printable(work.op), printable(work.args),
                       work.plugin ? " of the plugin " + printable(json_quoted(*work.plugin)) : "");
  }
  std::string operator()(const CommandWork& work) const {
    constexpr std::string_view kOutputs[] = {"its stdout is an item", "each line of its stdout is an item",
                                             "the item is passed on"};
    return fmt::format("runs {} per item{}, {}", list_of(work.argv),
                       work.item_on_stdin ? " with the item on stdin" : "",
                       kOutputs[static_cast<std::size_t>(work.output)]);
  }
  std::string operator()(const WorkerWork& work) const {
    return fmt::format("runs {}, which stays; protocol {}, {} items ahead", list_of(work.argv),
                       work.protocol == WorkerProtocol::Json ? "json" : "lines", work.window);
  }
  std::string operator()(const PythonWork& work) const {
    return fmt::format("runs {}, which stays and calls {}:{}{}", list_of({work.interpreter}), printable(work.module),
                       printable(work.function), work.path.empty() ? "" : " from " + printable(json_quoted(work.path)));
  }

  std::string operator()(const SinkConfig& sink) const {
    return std::visit(*this, sink.to) + (sink.ordered ? "; in the order of the source" : "");
  }
  std::string operator()(const LinesSink& sink) const { return file("lines", sink.file); }
  std::string operator()(const JsonlSink& sink) const { return file("JSON lines", sink.file); }
  std::string operator()(const CsvSink& sink) const { return file("CSV", sink.file); }
  std::string operator()(const CommandSink& sink) const {
    return fmt::format("runs {}, each item is a line on its stdin; each item at least once", list_of(sink.argv));
  }
  std::string operator()(const DiscardSink&) const { return "discards its items"; }

 private:
  // A regular file can be cut back to what was acknowledged; what went into anything else is gone.
  [[nodiscard]] std::string file(std::string_view format, const std::string& path) const {
    struct stat info {};
    const bool exists = ::stat((start_dir_ / path).c_str(), &info) == 0;
    const bool is_regular = path != "-" && (!exists || S_ISREG(info.st_mode));
    return fmt::format("{} to {}; each item at {} once", format, name_of_file(path, "standard output"),
                       is_regular ? "most" : "least");
  }

  const std::filesystem::path& start_dir_;
};

std::string head_of(const StageConfig& stage) {
  std::vector<std::string> parts;
  if (!stage.from.empty()) parts.push_back(fmt::format("from {}", fmt::join(stage.from, ", ")));
  if (!stage.is_source() && !stage.is_sink())
    parts.push_back(fmt::format("{} {}", stage.workers, stage.workers == 1 ? "worker" : "workers"));
  if (!stage.is_source()) parts.push_back(fmt::format("queue of {}, {} bytes", stage.capacity, stage.queue_bytes));
  if (stage.retries > 0) parts.push_back(fmt::format("{} retries", stage.retries));
  if (stage.timeout) parts.push_back("timeout " + format_duration(*stage.timeout));
  if (stage.rate_per_s > 0) parts.push_back(fmt::format("at most {:g} items/s", stage.rate_per_s));
  if (!stage.cwd.empty()) parts.push_back("in " + printable(json_quoted(stage.cwd)));
  return fmt::format("{}", fmt::join(parts, "; "));
}

// Of a source that cannot be read again: whether a run that was interrupted can go on.
std::string what_is_kept(const StageConfig& stage, Durability durability, const std::string& start_dir) {
  if (!stage.is_source() || can_read_again(stage, start_dir)) return {};
  if (durability == Durability::None) return "cannot be read again; nothing of it is kept (durability \"none\")";
  return "cannot be read again: what it has read is kept in the run's directory until it is done";
}

// True only if it is certain: of "a/**/b" no more is looked at than whether "a" is there.
bool matches_nothing(const std::string& pattern, const std::filesystem::path& start_dir) {
  const std::size_t deep = pattern.find("**");
  std::string front = pattern.substr(0, deep);
  if (deep != pattern.npos) front.resize(front.find_last_of('/') == front.npos ? 0 : front.find_last_of('/') + 1);
  if (front.empty()) return false;
  ::glob_t found{};
  const int result = ::glob((start_dir / front).c_str(), GLOB_NOSORT, nullptr, &found);
  bool any = result != GLOB_NOMATCH;
  if (result == 0 && deep == pattern.npos)
    any = std::any_of(found.gl_pathv, found.gl_pathv + found.gl_pathc, [](const char* path) {
      struct stat info {};
      return ::stat(path, &info) == 0 && S_ISREG(info.st_mode);
    });
  ::globfree(&found);
  return !any;
}

void warn_of_empty_globs(const StageConfig& stage, const std::filesystem::path& start_dir, Description& description) {
  const auto* const source = std::get_if<SourceConfig>(&stage.work);
  const auto* const glob = source == nullptr ? nullptr : std::get_if<GlobSource>(&source->from);
  if (glob == nullptr) return;
  for (const std::string& pattern : glob->patterns)
    if (matches_nothing(pattern, start_dir))
      description.warnings.push_back(
          fmt::format("stage {}: no file matches {}", stage.name, printable(json_quoted(pattern))));
}

}  // namespace

std::string work_in_words(const StageConfig& stage) {
  const std::filesystem::path anywhere;
  return std::visit(Details(anywhere), stage.work);
}

Description describe(const PipelineConfig& config, const std::string& start_dir) {
  const std::filesystem::path start(start_dir);
  Description description;
  description.text =
      fmt::format("run {}: {} {}\n", config.name, config.stages.size(), config.stages.size() == 1 ? "stage" : "stages");
  std::size_t width = 0;
  for (const StageConfig& stage : config.stages) width = std::max(width, stage.name.size());
  for (const StageConfig& stage : config.stages) {
    const std::string head = head_of(stage);
    const std::string kind =
        head.empty() ? std::string(kind_of(stage)) : fmt::format("{:<7}  {}", kind_of(stage), head);
    description.text += fmt::format("  {:<{}}  {}\n", stage.name, width, kind);
    description.text += fmt::format("  {:<{}}  {}\n", "", width, std::visit(Details(start), stage.work));
    if (const std::string kept = what_is_kept(stage, config.durability, start_dir); !kept.empty())
      description.text += fmt::format("  {:<{}}  {}\n", "", width, kept);
    warn_of_empty_globs(stage, start, description);
  }
  if (!config.stages.empty() && !config.stages.back().is_sink())
    description.text +=
        fmt::format("results of {} to standard output; each item at least once\n", config.stages.back().name);
  return description;
}

}  // namespace pooltop
