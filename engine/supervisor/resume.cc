// SPDX-License-Identifier: MIT
#include "engine/supervisor/resume.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/identity.h"
#include "engine/journal/digest.h"
#include "engine/journal/journal.h"
#include "engine/journal/spool.h"
#include "engine/supervisor/places.h"
#include "engine/supervisor/run_journal.h"
#include "engine/worker/glob.h"

namespace pooltop {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxIdentity = 64u << 20;  // a config of 16 MiB, escaped

std::string journal_path(const std::string& run_dir) { return run_dir + "/journal"; }
std::string failed_path(const std::string& run_dir) { return run_dir + "/failed.jsonl"; }

ordered_json read_identity(const std::string& run_dir) {
  try {
    if (const auto text = read_file(run_dir + "/identity.json", kMaxIdentity))
      return ordered_json::parse(*text, nullptr, /*allow_exceptions=*/false);
  } catch (const std::system_error&) {
    // As one that is damaged: the caller says so.
  }
  return {};
}

std::optional<JournalState> read_state(const std::string& run_dir) {
  try {
    return read_journal(journal_path(run_dir)).state;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    throw CannotResume({error.what()});
  } catch (const JournalError& error) {
    throw CannotResume({printable(error.what(), 1000)});
  }
}

const StageConfig* stage_named(const PipelineConfig& config, const std::string& name) {
  for (const StageConfig& stage : config.stages)
    if (stage.name == name) return &stage;
  return nullptr;
}

std::string file_of(const SinkConfig& sink) {
  if (const auto* lines = std::get_if<LinesSink>(&sink.to)) return lines->file;
  if (const auto* jsonl = std::get_if<JsonlSink>(&sink.to)) return jsonl->file;
  if (const auto* csv = std::get_if<CsvSink>(&sink.to)) return csv->file;
  return "-";
}

// What was acknowledged must still be there: the file is cut back to it and written on.
void check_sink(const SinkProgress& sink, const StageConfig& stage, const std::string& start_dir,
                std::vector<std::string>& reasons) {
  const std::string file = file_of(std::get<SinkConfig>(stage.work));
  if (file == "-" || sink.written == 0) return;
  struct stat info {};
  const std::string path = std::filesystem::path(start_dir) / file;
  if (::stat(path.c_str(), &info) != 0)
    reasons.push_back(fmt::format("stage {}: {}: {}; {} bytes of it were written", sink.name, printable(path, 256),
                                  std::generic_category().message(errno), sink.written));
  else if (S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) < sink.written)
    reasons.push_back(fmt::format("stage {}: {} has {} bytes, {} were written to it: somebody else changed it",
                                  sink.name, printable(path, 256), info.st_size, sink.written));
}

// The same files in the same order, as far as the source had come; the digest that a source goes on with.
void check_glob(const SourceProgress& source, const GlobSource& glob, const std::optional<std::string>& sentinel,
                const std::string& start_dir, ResumedRun& run, std::vector<std::string>& reasons) {
  const auto files = glob_files(glob.patterns, start_dir, [](const std::string&) {});
  std::uint64_t digest = 0;
  std::uint64_t count = 0;
  for (const std::string& file : files) {
    if (count == source.complete.first_missing()) run.digests[source.name] = digest;
    if (count == source.admitted || (sentinel && file == *sentinel)) break;
    digest = add_to_digest(digest, file);
    ++count;
  }
  if (count == source.complete.first_missing()) run.digests[source.name] = digest;
  if (count < source.admitted)
    reasons.push_back(
        fmt::format("stage {}: {} files had been found, now {} match", source.name, source.admitted, files.size()));
  else if (digest != source.digest)
    reasons.push_back(fmt::format("stage {}: of the first {} files that match some are others than before", source.name,
                                  source.admitted));
}

// Why a source that cannot be read again cannot be gone on with: not all of it is kept.
std::string why_not_kept(const SourceProgress& source, const std::string& run_dir) {
  const std::uint64_t open = source.admitted - source.complete.count();
  std::string why = fmt::format("stage {}: what it reads cannot be read again, and ", source.name);
  why += source.has_ended
             ? fmt::format("{} of its {} items are not complete", open, source.admitted)
             : fmt::format("it had not come to its end: of {} items that it handed over {} are not complete",
                           source.admitted, open);
  const auto files = spool_files(run_dir, source.name);
  if (!files.empty())
    why += fmt::format("; what it had read is kept, as it was read, in {}{}", printable(files.front(), 512),
                       files.size() == 1 ? "" : fmt::format(" and {} more files", files.size() - 1));
  return why;
}

void check_kept(const SourceProgress& source, const std::string& run_dir, ResumedRun& run,
                std::vector<std::string>& reasons) {
  try {
    const auto end = read_spool_end(run_dir, source.name);
    if (!end) {
      reasons.push_back(why_not_kept(source, run_dir));
      return;
    }
    if (source.admitted > end->items || (source.has_ended && source.admitted < end->items))
      throw SpoolError(fmt::format("{} items are kept, {} had been handed over", end->items, source.admitted));
    check_spool(run_dir, source.name, *end, source.complete.first_missing());
    run.spooled.insert(source.name);
  } catch (const std::exception& error) {  // SpoolError, std::system_error
    reasons.push_back(fmt::format("stage {}: what it had read: {}", source.name, printable(error.what(), 1000)));
  }
}

void check_source(const SourceProgress& source, const StageConfig& stage, const std::string& run_dir,
                  const std::string& start_dir, ResumedRun& run, std::vector<std::string>& reasons) {
  const auto& config = std::get<SourceConfig>(stage.work);
  if (const auto* glob = std::get_if<GlobSource>(&config.from))
    check_glob(source, *glob, config.sentinel, start_dir, run, reasons);
  if (source.is_finished()) return;
  const auto once = sources_read_once(read_identity(run_dir));
  if (!can_read_again(stage, start_dir) || std::find(once.begin(), once.end(), source.name) != once.end())
    check_kept(source, run_dir, run, reasons);
}

// By source stage and ordinal how many failed items stay on the list: those of source items that are complete.
struct FailedBefore {
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>> stay;
  std::vector<FailedKey> go;
};
FailedBefore failed_before(const PipelineConfig& config, const std::string& run_dir, const JournalState& journal) {
  FailedBefore failed;
  const Pipeline pipeline(config);
  std::map<std::string, const SourceProgress*> sources;
  for (const SourceProgress& source : journal.sources) sources[source.name] = &source;
  for_each_failed(failed_path(run_dir), [&](const FailedItem& item) {
    const auto named = item_named(pipeline, item.id);
    if (!named) return;
    const std::string& name = pipeline.stages()[named->source]->config.name;
    const auto source = sources.find(name);
    if (source != sources.end() && source->second->complete.contains(named->item.ordinal))
      failed.stay[name][named->item.ordinal] += 1;
    else
      failed.go.emplace_back(item.stage, item.id);
  });
  return failed;
}

void remove_if_there(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_system_error(errno, "unlink", path);
}

}  // namespace

CannotResume::CannotResume(std::vector<std::string> reasons)
    : std::runtime_error(fmt::format("{}", fmt::join(reasons, "; "))), reasons_(std::move(reasons)) {}

void write_origin(const std::string& run_dir, const PipelineConfig& config, const std::string& start_dir) {
  replace_file(run_dir + "/config.json", config.text);
  replace_file(run_dir + "/identity.json",
               identity_of(config, start_dir).dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

std::string first_start_dir(const std::string& run_dir) {
  const ordered_json identity = read_identity(run_dir);
  if (!identity.is_object()) return {};
  const auto found = identity.find("start_dir");
  return found != identity.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ResumePlan plan_resume(const PipelineConfig& config, const std::string& run_dir, const std::string& start_dir) {
  ResumePlan plan;
  auto journal = read_state(run_dir);
  if (!journal) return plan;
  IdentityChange change = compare_identities(read_identity(run_dir), identity_of(config, start_dir));
  std::vector<std::string> reasons = std::move(change.refused);
  plan.named = std::move(change.named);
  if (!reasons.empty()) throw CannotResume(std::move(reasons));
  for (const SourceProgress& source : journal->sources) {
    const StageConfig* const stage = stage_named(config, source.name);
    if (stage == nullptr || !stage->is_source())
      reasons.push_back(fmt::format("its journal has a source {}, the config has none", printable(source.name, 64)));
    else
      check_source(source, *stage, run_dir, start_dir, plan.run, reasons);
  }
  for (const SinkProgress& sink : journal->sinks) {
    const StageConfig* const stage = stage_named(config, sink.name);
    if (stage == nullptr && !config.stages.back().is_sink())
      continue;  // the one for its results: its file is the run's
    if (stage == nullptr || !stage->is_sink())
      reasons.push_back(fmt::format("its journal has a sink {}, the config has none", printable(sink.name, 64)));
    else
      check_sink(sink, *stage, start_dir, reasons);
  }
  if (!reasons.empty()) throw CannotResume(std::move(reasons));
  plan.kind = journal->is_finished() ? ResumePlan::Kind::Finished : ResumePlan::Kind::GoOn;
  plan.run.failed = failed_before(config, run_dir, *journal).stay;
  plan.run.journal = std::move(*journal);
  return plan;
}

void clear_for_resume(const PipelineConfig& config, const std::string& run_dir, const ResumedRun& run) {
  const auto go = failed_before(config, run_dir, run.journal).go;
  if (!go.empty()) remove_failed(failed_path(run_dir), go);
  for (const char* file : {"report.json", "samples", "settings.json", "config.written", "events.jsonl"})
    remove_if_there(run_dir + "/" + file);
}

std::size_t give_back_failed(const std::string& run_dir, const std::vector<FailedKey>& keys) {
  auto journal = read_state(run_dir);
  if (!journal) throw CannotResume({"it has no journal (durability \"none\")"});
  const ordered_json identity = read_identity(run_dir);
  const bool is_ordered = identity.is_object() && identity.contains("stages") &&
                          std::any_of(identity["stages"].begin(), identity["stages"].end(), [](const auto& stage) {
                            return stage.is_object() && stage.contains("sink") && stage["sink"].contains("ordered");
                          });
  if (is_ordered) throw CannotResume({"a sink of it is ordered, and their place in the order has passed"});
  const std::set<FailedKey> wanted(keys.begin(), keys.end());
  // "SOURCE:17.2" where there are several sources.
  const auto place_of = [&](const std::string& id) -> std::optional<std::pair<std::size_t, std::uint64_t>> {
    const std::size_t colon = id.find(':');
    const auto item = item_of_text(std::string_view(id).substr(colon == id.npos ? 0 : colon + 1));
    if (!item) return std::nullopt;
    for (std::size_t i = 0; i < journal->sources.size(); ++i)
      if (colon == id.npos || journal->sources[i].name == id.substr(0, colon)) return std::pair(i, item->ordinal);
    return std::nullopt;
  };
  for_each_failed(failed_path(run_dir), [&](const FailedItem& item) {
    const auto place = wanted.contains({item.stage, item.id}) ? place_of(item.id) : std::nullopt;
    if (place) journal->sources[place->first].complete.remove(place->second);
  });
  std::vector<FailedKey> go;
  for_each_failed(failed_path(run_dir), [&](const FailedItem& item) {
    const auto place = place_of(item.id);
    if (place && !journal->sources[place->first].complete.contains(place->second)) go.emplace_back(item.stage, item.id);
  });
  if (go.empty()) return 0;
  // The journal first: where this is interrupted, resuming takes them off the list.
  auto writer = JournalWriter::open_append(journal_path(run_dir), {.syncs = true});
  (void)writer.append(*journal);
  return remove_failed(failed_path(run_dir), go);
}

}  // namespace pooltop
