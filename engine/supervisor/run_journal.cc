// SPDX-License-Identifier: MIT
#include "engine/supervisor/run_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/supervisor/spools.h"

namespace pooltop {
namespace {

#ifdef POOLTOP_KILL_POINTS  // so that the short runs of tests come to every point of the journal
constexpr Nanos kBetweenRecords = 20 * kMillisecond;
constexpr std::uint64_t kCompactAbove = 2048;
#else
constexpr Nanos kBetweenRecords = 200 * kMillisecond;
constexpr std::uint64_t kCompactAbove = JournalWriter::Options{}.compact_above;
#endif
constexpr Nanos kAfterTrouble = kSecond;
constexpr Nanos kPerByte = 100;  // at most 10 MB a second go into it, whatever is in flight

// What a failed list holds must be on the disk before the journal says that its items are complete.
void sync_failed_list(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return;
    throw_system_error(errno, "open", file);
  }
  if (uninterrupted([&] { return ::fdatasync(fd.get()); }) != 0)
    throw JournalLost(std::error_code(errno, std::generic_category()), "fdatasync " + file);
}

// It passes when somebody makes room; whatever else is wrong may stay so.
bool has_no_room(const std::exception& error) {
  const auto* const refused = dynamic_cast<const std::system_error*>(&error);
  return refused != nullptr && (refused->code().value() == ENOSPC || refused->code().value() == EDQUOT);
}

}  // namespace

bool keeps_digest(const StageConfig& source) {
  const auto* const config = std::get_if<SourceConfig>(&source.work);
  return config != nullptr && std::holds_alternative<GlobSource>(config->from);
}

JournalState journal_state(const Run& run) {
  JournalState state;
  for (const auto& stage : run.pipeline.stages()) {
    if (!stage->is_source()) continue;
    SourceProgress& source = state.sources.emplace_back();
    source.name = stage->config.name;
    source.complete = stage->ledger.complete();
    source.admitted = stage->ledger.admitted();
    source.digest = stage->digest;
    if (source.admitted < stage->resumed_at) {  // not there again yet
      source.admitted = stage->resumed_at;
      source.digest = stage->resumed_digest;
    }
    source.has_ended = stage->has_ended;
    source.total = stage->told_total;
  }
  for (const auto& stage : run.pipeline.stages()) {
    if (!stage->is_sink()) continue;
    SinkProgress& sink = state.sinks.emplace_back();
    sink.name = stage->config.name;
    sink.written = stage->written;
    for (const auto& source : run.pipeline.stages()) {
      if (!source->is_source()) continue;
      const auto ids = stage->written_ids.find(source->index);
      sink.ids.push_back(ids == stage->written_ids.end() ? ItemIds() : ids->second);
    }
  }
  return state;
}

void restore(Run& run, const ResumedRun& from) {
  std::vector<std::uint32_t> sources;
  for (const SourceProgress& source : from.journal.sources) {
    Stage* const stage = run.pipeline.find(source.name);
    if (stage == nullptr || !stage->is_source())
      throw JournalError(
          fmt::format("the journal has a source \"{}\", the config has none", printable(source.name, 64)));
    const auto failed = from.failed.find(source.name);
    run.pipeline.restore_source(
        *stage, source.complete,
        failed == from.failed.end() ? std::map<std::uint64_t, std::uint32_t>() : failed->second);
    stage->resumed_at = source.admitted;
    stage->resumed_complete = source.complete.count();
    stage->resumed_digest = source.digest;
    stage->told_total = source.total;
    stage->has_ended = source.is_finished();
    if (from.spooled.contains(source.name)) stage->spool = SpoolUse::Read;
    if (const auto digest = from.digests.find(source.name); digest != from.digests.end())
      stage->digest = digest->second;
    sources.push_back(stage->index);
    if (failed != from.failed.end())
      for (const auto& [ordinal, parts] : failed->second) run.failed_items += parts;
  }
  for (const SinkProgress& sink : from.journal.sinks) {
    Stage* const stage = run.pipeline.find(sink.name);
    if (stage == nullptr || !stage->is_sink())
      throw JournalError(fmt::format("the journal has a sink \"{}\", the config has none", printable(sink.name, 64)));
    std::map<std::uint32_t, ItemIds> ids;
    for (std::size_t i = 0; i < std::min(sink.ids.size(), sources.size()); ++i)
      if (!sink.ids[i].empty()) ids[sources[i]] = sink.ids[i];
    run.pipeline.restore_sink(*stage, sink.written, std::move(ids));
  }
}

void RunJournal::start() {
  const PipelineConfig& config = run_.options.config;
  if (config.durability == Durability::None) return;
  const std::string path = run_.options.run_dir + "/journal";
  const JournalWriter::Options options{.syncs = config.durability == Durability::Fsync, .compact_above = kCompactAbove};
  writer_.emplace(run_.options.resumed ? JournalWriter::open_append(path, options)
                                       : JournalWriter::create(path, options));
  // From the first moment on: what is interrupted before anything is done can be gone on with too.
  append(journal_state(run_));
}

void RunJournal::tick() {
  if (!writer_ || run_.now < next_) return;
  try_append();
}

void RunJournal::end() {
  if (!writer_) return;
  try_append();
  if (last_ && last_->is_finished() && run_.journal_trouble.empty() && !is_lost_) clear_spools(run_);
}

void RunJournal::try_append() {
  JournalState state = journal_state(run_);
  next_ = run_.now + kBetweenRecords;
  if (last_ && *last_ == state) return is_written();
  try {
    append(state);
    last_ = std::move(state);
    is_written();
    release_spools(run_);
  } catch (const JournalLost& error) {
    if (!std::exchange(is_lost_, true)) run_.cannot_go_on(fmt::format("the journal is not kept: {}", error.what()));
  } catch (const std::exception& error) {
    next_ = run_.now + kAfterTrouble;
    if (run_.journal_trouble.empty()) {
      run_.journal_trouble_since = run_.now;
      std::fprintf(stderr, "%s the journal cannot be written: %s\n", format_utc(wall_now_us()).c_str(), error.what());
    }
    run_.journal_trouble = error.what();
    run_.waits_for_journal = has_no_room(error);
  }
}

void RunJournal::is_written() {
  run_.journal_trouble.clear();
  run_.waits_for_journal = false;
}

void RunJournal::append(const JournalState& state) {
  if (run_.options.config.durability == Durability::Fsync) sync_failed_list(run_.options.run_dir + "/failed.jsonl");
  const auto appended = writer_->append(state);
  if (appended.not_compacted)  // it goes on growing, and is tried again later
    std::fprintf(stderr, "%s the journal cannot be made smaller: %s\n", format_utc(wall_now_us()).c_str(),
                 appended.not_compacted.message().c_str());
  next_ = run_.now + std::max(kBetweenRecords, static_cast<Nanos>(appended.bytes) * kPerByte);
}

void RunJournal::reopen(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& items) {
  if (!writer_) return;
  JournalState state = journal_state(run_);
  for (const auto& [source, ordinal] : items)
    for (SourceProgress& progress : state.sources)
      if (progress.name == run_.pipeline.stage(source).config.name) progress.complete.remove(ordinal);
  append(state);
  last_ = std::move(state);
}

}  // namespace pooltop
