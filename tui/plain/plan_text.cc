// SPDX-License-Identifier: MIT
#include "tui/plain/plan_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

constexpr std::string_view kAtMostOnce = "an item at most once";
constexpr std::string_view kAtLeastOnce = "an item at least once: if its worker dies, items can arrive twice";

std::string as_json_list(const std::vector<std::string>& words) {
  return ordered_json(words).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string source_text(const SourceConfig& source) {
  const std::string from = std::visit(
      Overloaded{[](const ItemsSource& s) { return fmt::format("{} items", s.items.size()); },
                 [](const RangeSource& s) { return fmt::format("range {} to {} by {}", s.start, s.stop, s.step); },
                 [](const LinesSource& s) { return s.file == "-" ? "lines of stdin" : "lines of " + s.file; },
                 [](const GlobSource& s) { return "files " + as_json_list(s.patterns); },
                 [](const CommandSource& s) { return "runs " + as_json_list(s.argv) + ", a line an item"; }},
      source.from);
  return source.sentinel ? fmt::format("{}, up to {}", from, printable(*source.sentinel, 64)) : from;
}

std::string file_text(std::string_view format, const std::string& file, const IsRegularFile& is_regular) {
  const bool once = file != "-" && is_regular(file);
  return fmt::format("{} to {} ({})", format, file == "-" ? "stdout" : file, once ? kAtMostOnce : kAtLeastOnce);
}

std::string sink_text(const SinkConfig& sink, const IsRegularFile& is_regular) {
  const std::string to = std::visit(
      Overloaded{[&](const LinesSink& s) { return file_text("lines", s.file, is_regular); },
                 [&](const JsonlSink& s) { return file_text("JSON lines", s.file, is_regular); },
                 [&](const CsvSink& s) { return file_text("CSV", s.file, is_regular); },
                 [](const CommandSink& s) {
                   return fmt::format("runs {}, items on its stdin ({})", as_json_list(s.argv), kAtLeastOnce);
                 },
                 [](const DiscardSink&) { return std::string("discards what arrives"); }},
      sink.to);
  return sink.ordered ? to + ", in the source's order" : to;
}

std::string work_text(const StageConfig& stage, const IsRegularFile& is_regular) {
  return std::visit(
      Overloaded{[](const SourceConfig& s) { return source_text(s); },
                 [](const OpWork& w) {
                   return fmt::format("operator {} {}{}", w.op, w.args, w.plugin ? " of " + *w.plugin : "");
                 },
                 [](const CommandWork& w) {
                   return fmt::format("runs {} per item{}", as_json_list(w.argv),
                                      w.item_on_stdin ? ", item on stdin" : "");
                 },
                 [](const WorkerWork& w) { return fmt::format("keeps {} running", as_json_list(w.argv)); },
                 [](const PythonWork& w) {
                   return fmt::format("keeps {} running: {}:{}{}", w.interpreter, w.module, w.function,
                                      w.path.empty() ? "" : " in " + w.path);
                 },
                 [&](const SinkConfig& s) { return sink_text(s, is_regular); }},
      stage.work);
}

std::string limits_text(const StageConfig& stage) {
  if (stage.is_source() || stage.is_sink()) return "";
  std::string text = fmt::format("; {} {}", stage.workers, stage.workers == 1 ? "worker" : "workers");
  if (stage.retries > 0) text += fmt::format(", {} retries", stage.retries);
  if (stage.timeout) text += fmt::format(", at most {} an item", format_duration(*stage.timeout));
  if (stage.rate_per_s > 0) text += fmt::format(", at most {:g} items/s", stage.rate_per_s);
  return text;
}

}  // namespace

std::string plan_text(const PipelineConfig& config, const IsRegularFile& is_regular) {
  std::string text = fmt::format("{}: {} stages, nothing wrong\n", config.name, config.stages.size());
  for (const StageConfig& stage : config.stages) {
    const std::string line = work_text(stage, is_regular) + limits_text(stage);
    text += fmt::format("  {:<12} {:<8} {}{}\n", stage.name, kind_of(stage), printable(line),
                        stage.from.empty() ? "" : fmt::format("; from {}", fmt::join(stage.from, ", ")));
  }
  return text;
}

}  // namespace pooltop
