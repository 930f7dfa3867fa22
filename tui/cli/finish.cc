// SPDX-License-Identifier: MIT
#include "tui/cli/finish.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/control/failed_list.h"
#include "engine/control/run_directory.h"
#include "engine/model/snapshot_json.h"
#include "tui/app/config_writer.h"
#include "tui/cli/output.h"
#include "tui/plain/failure.h"
#include "tui/plain/line.h"
#include "tui/views/summary.h"

namespace pooltop {
namespace {

void write_report(const std::string& file, const Snapshot& last) {
  const Fd out(check(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), "open", file));
  write_all(out.get(), to_json(last).dump(2) + "\n", file);
}

void say_end_as_json(const RunFiles& run, const RunEnd& end) {
  nlohmann::ordered_json object{{"exit_status", end.status}};
  if (end.last) {
    const auto status = to_json(*end.last);
    for (const char* key : {"state", "elapsed_s", "items"}) object[key] = status.at(key);
  }
  const std::string members = object.dump();
  say_raw(as_json({"ended", "", members.substr(1, members.size() - 2)}, run.name, wall_now_us()));
}

// What the list says of its first item; the summary does without it where the list cannot be read.
std::string first_failed(const std::string& file) try {
  const auto page = FailedPages(file).read(0, 1, {}, FailedPages::Detail::Brief);
  if (page.items.empty()) return "";
  const std::string text = failure_line(page.items[0]).text;
  return text.substr(5, text.find('\n') - 5) + "  " + page.items[0].item;
} catch (const std::exception&) {
  return "";
}

}  // namespace

bool has_recording(const std::string& run) {
  const auto directory = RunDirectory::open_existing(run);
  return directory && ::access(directory->samples_file().c_str(), R_OK) == 0;
}

void say_summary(const Snapshot& last, const std::string& failed_file, const std::string& results_file,
                 bool names_failed) {
  say_raw(summary(last, {.failed = failed_file,
                         .results = results_file,
                         .recording = has_recording(last.run),
                         .first_failed = names_failed && last.items.failed > 0 ? first_failed(failed_file) : ""}));
}

void say_unsaved(const std::string& run, const std::string& run_dir) {
  std::string line;
  try {
    line = unsaved_line(run, run_dir, left_settings(run_dir));
  } catch (const std::exception&) {  // what cannot be read cannot be told; the run's end is
    return;
  }
  if (!line.empty()) say(fmt::format("{}: {}", run, line));
}

namespace {

/// How to go on with a run that ended before all was done. What still dies of it is waited for a moment.
void say_how_to_resume(const std::string& run, const std::string& config) {
  constexpr Nanos kPatience = 2 * kSecond;
  constexpr int kPollMs = 5;
  const Nanos deadline = monotonic_now() + kPatience;
  auto info = find_run(run);
  for (; info && info->going_on && monotonic_now() < deadline; info = find_run(run)) ::poll(nullptr, 0, kPollMs);
  if (!info || !info->resumable) return;
  const std::string with = config == "-" ? "its config" : printable(config, 256);
  say(fmt::format("{}: pooltop run --resume {} goes on with what is not done", run, with));
}

}  // namespace

int finish(const RunFiles& run, const RunEnd& end, const RunOptions& options, bool on_screen) {
  say_unsaved(run.name, std::filesystem::path(run.report_file).parent_path());
  if (options.json_lines)
    say_end_as_json(run, end);
  else if (end.last)
    say_summary(*end.last, run.failed_file, run.results_file, on_screen);
  if (options.report && end.last) {
    try {
      write_report(*options.report, *end.last);
    } catch (const std::system_error& error) {  // the run's status is worth more than this file
      say(fmt::format("--report: {} (it is also in {})", error.what(), run.report_file));
    }
  } else if (options.report) {
    say(fmt::format("--report: the engine left no report, {} was not written", *options.report));
  }
  constexpr int kSomeFailed = 1;
  if (end.status > kSomeFailed) say_how_to_resume(run.name, options.config.config);
  return end.status;
}

}  // namespace pooltop
