// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/control/run_directory.h"
#include "engine/model/snapshot_json.h"
#include "engine/record/json_change.h"
#include "engine/record/recording.h"
#include "tui/app/monitor.h"
#include "tui/cli/commands.h"
#include "tui/cli/launch.h"
#include "tui/cli/output.h"
#include "tui/cli/screen_child.h"
#include "tui/cli/select.h"
#include "tui/cli/watch_screen.h"

namespace pooltop {
namespace {

/// What of the recording is not there, or why it ends where it does.
std::string note_on(const Recording& recording, bool going_on) {
  if (going_on) return "the run goes on; this is its recording up to now";
  if (recording.lost_samples() > 0) return fmt::format("{} samples are damaged and left out", recording.lost_samples());
  if (recording.torn_bytes() > 0)
    return fmt::format("the recording is damaged or was cut off: its last {} bytes are no sample",
                       recording.torn_bytes());
  return "";
}

/// The recording, else the report: whatever there is to show.
ReplaySource source_of(const std::string& run) {
  const auto directory = RunDirectory::open_existing(run);
  if (!directory) throw CliError(kExitNoSuchTarget, fmt::format("there is no run \"{}\"", run));
  const auto info = find_run(run);
  ReplaySource source;
  source.logs_dir = directory->logs_dir();
  std::string why = "there is no recording of it";
  try {
    if (auto recording = Recording::of_run(directory->path())) {
      source.note = note_on(*recording, info && info->going_on);
      source.recording = std::make_shared<const Recording>(std::move(*recording));
      return source;
    }
  } catch (const BadRecording& error) {
    why = error.what();
  }
  auto last = read_report(directory->report_file());
  if (!last) throw CliError(kExitNoSuchTarget, fmt::format("replay {}: {}, and it left no report", run, why));
  source.note = why + "; this is its report";
  source.is_report = true;
  source.recording = std::make_shared<const Recording>(Recording::of_one(std::move(*last)));
  return source;
}

/// {"status": …, "events": […]} per sample. Others wrote what is in it: for a terminal all but ASCII is escaped.
void print_samples(const ReplaySource& source) {
  const bool ascii = ::isatty(STDOUT_FILENO) == 1;
  const Recording& recording = *source.recording;
  auto happened = recording.events().begin();
  for (std::size_t i = 0; i < recording.size(); ++i) {
    auto events = nlohmann::ordered_json::array();
    for (; happened != recording.events().end() && happened->sample <= i; ++happened)
      events.push_back(to_json(happened->event));
    const nlohmann::ordered_json line{{"status", to_json(recording.at(i))}, {"events", std::move(events)}};
    print(line.dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace) + "\n");
  }
}

}  // namespace

int execute(const ReplayOptions& options) {
  const std::string name = select_run(options.run, {.ended_will_do = true}).run;
  ReplaySource source = source_of(name);
  if (options.json) {
    if (!source.note.empty()) say(fmt::format("{}: {}", name, source.note));
    print_samples(source);
    return 0;
  }
  if (const auto why = why_no_screen())
    throw CliError(kExitUsage,
                   fmt::format("replay: {}; pooltop replay {} --json prints the samples without a screen", *why, name));
  const FrontSignals signals;
  MonitorOptions monitor;
  monitor.run = name;
  use_screen(monitor, options.screen);
  monitor.replay = std::move(source);
  return show_monitor(monitor, signals, -1, [] {}) ? 0 : kExitCannotGoOn;
}

}  // namespace pooltop
