// SPDX-License-Identifier: MIT
#include "tui/app/config_job.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "engine/config/diff.h"
#include "engine/control/run_directory.h"
#include "tui/app/config_writer.h"

namespace pooltop {
namespace {

std::string directory_of(const std::string& run) {
  const auto directory = RunDirectory::open_existing(run);
  if (!directory) throw ConfigNotWritten("the run's directory is gone");
  return directory->path();
}

std::vector<std::string> lines_of_text(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

ConfigDiff diff_of(const RetunedConfig& config) {
  return {config.name, lines_of_text(unified_diff(config.before, config.after, config.name)), config.left_out,
          config.cannot_write};
}

}  // namespace

ConfigDone do_config_job(const std::string& run, const ConfigJob& job) {
  ConfigDone done{job, {}, {}, {}};
  try {
    const std::string directory = directory_of(run);
    if (job.what == ConfigJob::What::Unsaved) {
      done.text = unsaved_line(run, directory, job.settings);
      return done;
    }
    const RetunedConfig config = retuned_config(directory, job.settings);
    done.diff = diff_of(config);
    if (job.what == ConfigJob::What::Write && !config.is_saved()) write_retuned(directory, job.settings, config);
  } catch (const std::exception& error) {
    done.failed = error.what();
  }
  return done;
}

}  // namespace pooltop
