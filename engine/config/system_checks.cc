// SPDX-License-Identifier: MIT
// What a config names outside itself: programs, directories, files. They are looked at, not opened.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/load_steps.h"
#include "engine/config/programs.h"

namespace pooltop {

namespace {

bool may(const std::string& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

std::string directory_problem(const std::string& path, int mode) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return errno == ENOENT ? fmt::format("directory {} does not exist", in_quotes(path))
                           : fmt::format("directory {}: {}", in_quotes(path), reason_of(errno));
  if (!S_ISDIR(info.st_mode)) return fmt::format("{} is no directory", in_quotes(path));
  if (!may(path, mode))
    return fmt::format("directory {} is not {}: {}", in_quotes(path), (mode & W_OK) != 0 ? "writable" : "accessible",
                       reason_of(errno));
  return "";
}

std::string input_problem(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fmt::format("cannot read {}: {}", in_quotes(path), reason_of(errno));
  if (S_ISDIR(info.st_mode)) return fmt::format("{} is a directory, a file is needed", in_quotes(path));
  if (!may(path, R_OK)) return fmt::format("cannot read {}: {}", in_quotes(path), reason_of(errno));
  return "";
}

std::string output_problem(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return fmt::format("{} is a directory, a file is needed", in_quotes(path));
    return may(path, W_OK) ? "" : fmt::format("cannot write {}: {}", in_quotes(path), reason_of(errno));
  }
  if (errno != ENOENT && errno != ENOTDIR) return fmt::format("cannot write {}: {}", in_quotes(path), reason_of(errno));
  const auto parent = std::filesystem::path(path).parent_path();
  return directory_problem(parent.empty() ? "." : parent.string(), W_OK | X_OK);
}

// Looks at one stage.
class StageCheck {
 public:
  StageCheck(const StageConfig& stage, std::string pointer, const LoadOptions& options, Reporter& reporter)
      : stage_(stage), pointer_(std::move(pointer)), options_(options), reporter_(reporter) {
    const auto own = stage.env.find("PATH");
    const auto inherited = options.environment("PATH");  // clear_env keeps it
    search_ = {own != stage.env.end() ? own->second : inherited.value_or("/bin:/usr/bin"), options.start_dir};
  }

  void run() {
    if (!stage_.cwd.empty()) say("/cwd", directory_problem(full(stage_.cwd), X_OK));
    std::visit(*this, stage_.work);
  }

  void operator()(const SourceConfig& source) const {
    const auto* const lines = std::get_if<LinesSource>(&source.from);
    if (lines != nullptr && !lines->file.empty() && lines->file != "-")  // an empty name has been refused
      say("/source/lines", input_problem(full(lines->file)));
    if (const auto* const command = std::get_if<CommandSource>(&source.from)) program("/source/command", command->argv);
  }
  void operator()(const OpWork& work) const {
    if (work.plugin) say("/plugin", input_problem(full(*work.plugin)));
  }
  void operator()(const CommandWork& work) const {
    if (!work.is_shell) program("/command", work.argv);
  }
  void operator()(const WorkerWork& work) const { program("/worker", work.argv); }
  void operator()(const PythonWork& work) const {
    const bool is_given = work.interpreter != PythonWork{}.interpreter;
    program(is_given ? "/interpreter" : "/python", {work.interpreter});
    if (!work.path.empty()) say("/path", directory_problem(full(work.path), X_OK));
  }
  void operator()(const SinkConfig& sink) const {
    const std::string* const file = file_of(sink);
    if (file != nullptr && !file->empty() && *file != "-")
      say(fmt::format("/sink/{}", file_key_of(sink)), output_problem(full(*file)));
    if (const auto* const command = std::get_if<CommandSink>(&sink.to)) program("/sink/command", command->argv);
  }

 private:
  [[nodiscard]] std::string full(const std::string& path) const { return from_start_dir(path, options_); }
  void say(std::string_view key, std::string problem) const {
    if (!problem.empty()) reporter_.value(fmt::format("{}{}", pointer_, key), std::move(problem));
  }
  // A program that is the item cannot be looked for before there are items.
  void program(std::string_view key, const std::vector<std::string>& argv) const {
    if (!argv.empty() && argv.front().find("{}") == std::string::npos) say(key, program_problem(argv.front(), search_));
  }

  const StageConfig& stage_;
  std::string pointer_;
  const LoadOptions& options_;
  Reporter& reporter_;
  ProgramSearch search_;
};

}  // namespace

void check_system(const PipelineConfig& config, const LoadOptions& options, Reporter& reporter) {
  for (std::size_t i = 0; i < config.stages.size(); ++i)
    StageCheck(config.stages[i], fmt::format("/stages/{}", i), options, reporter).run();
}

}  // namespace pooltop
