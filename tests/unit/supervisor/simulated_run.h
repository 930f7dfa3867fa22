// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "engine/control/control_error.h"
#include "engine/control/failed_list.h"
#include "engine/control/requests.h"
#include "engine/control/run_directory.h"
#include "engine/supervisor/resume.h"
#include "engine/supervisor/supervisor.h"
#include "tests/support/must.h"
#include "tests/support/simulated_processes.h"
#include "tests/support/worker_harness.h"
#include "tests/unit/pipeline/graphs.h"

namespace pooltop::testing {

using nlohmann::json;

struct EngineDied {};

/// One run of a real engine with simulated workers, from its first life to its last.
class SimulatedRun {
 public:
  explicit SimulatedRun(std::uint32_t seed) : random_(seed), processes_(truth_, random_) {
    truth_.seed = seed;
    ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
    constexpr Nanos kTimes[] = {kMillisecond, 20 * kMillisecond, 300 * kMillisecond, 5 * kSecond};
    truth_.item_time = kTimes[chance(4)];
    make_config();
    actions_left_ = chance(3) == 0 ? 0 : chance(60);
    processes_.ends_by_itself = [this] { return engine_->snapshot().state == RunState::Failed; };
    processes_.disturber.act = [this](auto& disturber) { disturb(disturber); };
  }

  void run() {
    int status = -1;
    do {
      MUST(++lives_ < 500);
      status = live();
      trace("life " + std::to_string(lives_) + " ended with " + std::to_string(status));
      processes_.end_life();
    } while ((status != 0 && status != 1) || (status == 1 && are_given_back()));
    check(status);
  }

  [[nodiscard]] double hours() const { return to_seconds(processes_.time() - begin_) / 3600; }
  [[nodiscard]] std::uint64_t timeouts() const { return processes_.timeouts(); }
  [[nodiscard]] std::uint64_t workers() const { return processes_.started(); }
  [[nodiscard]] int lives() const { return lives_; }
  /// Items that stayed on the list.
  [[nodiscard]] std::uint64_t failed() const { return failed_count_; }

 private:
  std::uint32_t chance(std::uint32_t of) { return random_() % of; }
  Nanos up_to(Nanos most) { return static_cast<Nanos>(static_cast<double>(most) * (random_() % 1000) / 1000); }

  StageConfig source_of(const std::string& name) {
    StageConfig stage = source(name);
    stage.work = SourceConfig{RangeSource{0, static_cast<std::int64_t>(chance(60)), 1}, std::nullopt};
    return stage;
  }
  StageConfig work_of(const std::string& name, std::vector<std::string> from) {
    StageConfig stage = work(name, std::move(from), 1 + chance(40), 1 + chance(4));
    stage.retries = chance(4);
    constexpr Nanos kBackoffs[] = {10 * kMillisecond, kSecond, 30 * kSecond};
    stage.backoff_first = kBackoffs[chance(3)];
    if (chance(2) == 0) stage.timeout = kSecond + 3 * truth_.item_time;
    if (chance(5) == 0) stage.max_items_per_worker = 1 + chance(10);
    if (chance(5) == 0) stage.rate_per_s = 1 + chance(50);
    return stage;
  }
  StageConfig sink_of(const std::string& name, std::vector<std::string> from, bool ordered = false) {
    StageConfig stage = sink(name, std::move(from), 1 + chance(40), ordered);
    std::get<SinkConfig>(stage.work).to = LinesSink{.file = folder_ / name};
    return stage;
  }
  void make_config() {
    auto& stages = config_.stages;
    config_.name = "simulated";
    config_.text = "{}";
    stages = {source_of("a"), work_of("b", {"a"})};
    switch (chance(4)) {
      case 0:
        is_line_ = true;
        stages.push_back(work_of("c", {"b"}));
        stages.push_back(sink_of("out", {"c"}, chance(2) == 0));
        break;
      case 1:
        stages.push_back(sink_of("out", {"b"}, chance(2) == 0));
        stages.push_back(work_of("c", {"a"}));
        stages.push_back(sink_of("other", {"c"}));
        break;
      case 2:
        stages.push_back(source_of("c"));
        stages.push_back(work_of("d", {"b", "c"}));
        stages.push_back(sink_of("out", {"d"}));
        break;
      default:
        stages.push_back(work_of("c", {"a"}));
        stages.push_back(work_of("d", {"b", "c"}));
        stages.push_back(sink_of("out", {"d"}, chance(2) == 0));
        break;
    }
    const bool is_patient = chance(4) != 0;
    const bool keeps_journal = chance(10) != 0;
    if (!keeps_journal) config_.durability = Durability::None;
    // Where branches of an item are open it is tried again in the next life, and stops the run again.
    if (keeps_journal && is_line_ && chance(3) == 0) stages[1].on_failure.kind = FailurePolicy::Kind::Stop;
    for (StageConfig& stage : stages) {
      stage.crash_retries = 1 + chance(4);
      // Mostly a worker is never given up. Where it is, the run may end with 3, and goes on all the same.
      stage.max_restarts = is_patient ? 1'000'000 : 3;
      stage.restarts_within = is_patient ? kSecond : 10 * kSecond;
    }
  }

  // One engine, from its start to its end or death. Its exit status; -1: it died.
  int live() {
    std::optional<RunDirectory> directory =
        lives_ == 1 ? RunDirectory::open_new(config_.name) : RunDirectory::open_resume(config_.name, 0);
    REQUIRE(directory);
    EngineOptions options;
    options.config = config_;
    if (lives_ > 1) {
      ResumePlan plan = plan_resume(config_, directory->path(), folder_.path());
      if (plan.kind == ResumePlan::Kind::Finished && std::filesystem::exists(directory->report_file()))
        return read_failed(directory->failed_file()).empty() ? 0 : 1;
      if (plan.kind == ResumePlan::Kind::Nothing) {
        directory.reset();
        directory = RunDirectory::open_new(config_.name);
      } else {
        clear_for_resume(config_, directory->path(), plan.run);
        options.resumed = std::move(plan.run);
      }
    }
    write_origin(directory->path(), config_, folder_.path());
    options.run_dir = directory->path();
    options.socket_path = directory->socket_path();
    options.start_dir = folder_.path();
    std::filesystem::create_directory(options.run_dir + "/logs");
    processes_.disturber.at = processes_.time() + up_to(truth_.item_time * 40);
    try {
      Supervisor engine(std::move(options), processes_, processes_);
      engine_ = &engine;
      const int status = engine.run();
      engine_ = nullptr;
      return status;
    } catch (const EngineDied&) {
      engine_ = nullptr;
      return -1;
    }
  }

  // Of a run that has ended: as `pooltop failed --retry` does it, for some of what failed.
  bool are_given_back() {
    if (given_back_++ > 2 || chance(2) == 0) return false;
    const auto directory = RunDirectory::open_existing(config_.name);
    std::vector<FailedKey> keys;
    for (const FailedItem& item : read_failed(directory->failed_file()))
      if (chance(2) == 0) keys.emplace_back(item.stage, item.id);
    for (const FailedKey& key : keys) trace("given back: " + key.second + " in " + key.first);
    try {
      return give_back_failed(directory->path(), keys) > 0;
    } catch (const CannotResume&) {  // a sink is ordered
      return false;
    }
  }

  void disturb(SimulatedProcesses::Disturber& disturber) {
    if (actions_left_ == 0) {  // from now on nobody does anything any more
      disturber.at = INT64_MAX;
      processes_.refused_percent = 0;
      for (SimulatedWorker* worker : processes_.alive()) processes_.continue_by_stranger(*worker);
      ask({{"command", "resume"}});
      return;
    }
    --actions_left_;
    disturber.at = processes_.time() + up_to(truth_.item_time * (chance(4) == 0 ? 40 : 5));
    const auto alive = processes_.alive();
    SimulatedWorker* const one = alive.empty() ? nullptr : alive[chance(static_cast<std::uint32_t>(alive.size()))];
    const json stage = config_.stages[chance(static_cast<std::uint32_t>(config_.stages.size()))].name;
    const json target = one != nullptr && chance(2) == 0 ? json(one->pid()) : stage;
    switch (chance(20)) {
      case 0:
        ask({{"command", "pause"}, {"targets", json::array({target})}, {"after_item", chance(2) == 0}});
        break;
      case 1:
        ask({{"command", "resume"}, {"targets", json::array({target})}});
        break;
      case 2:
        ask({{"command", "pause"}});
        break;
      case 3:
      case 4:
        ask({{"command", "resume"}});
        break;
      case 5:
        if (one != nullptr) ask({{"command", "kill"}, {"targets", json::array({one->pid()})}});
        break;
      case 6:
        if (one != nullptr) {
          one->fails_its_item = true;
          ask({{"command", "kill"}, {"targets", json::array({one->pid()})}, {"item", "fail"}});
        }
        break;
      case 7:
        if (one != nullptr)
          ask({{"command", "kill"},
               {"targets", json::array({one->pid()})},
               {"signal", chance(2) == 0 ? "TERM" : "USR1"}});
        break;
      case 8:
        ask({{"command", "restart"}, {"targets", json::array({target})}, {"now", chance(2) == 0}});
        break;
      case 9:
        ask({{"command", "scale"}, {"stage", stage}, {"workers", 1 + chance(5)}});
        break;
      case 10:
        fail_what_waits(stage);
        break;
      case 11:
        processes_.refused_percent = chance(2) == 0 ? 0 : 50;
        break;
      case 12:
        if (one != nullptr) one->die({ProcessEnd::Kind::Signaled, SIGKILL});
        break;
      case 13:
        if (one != nullptr)
          one->is_stopped() ? processes_.continue_by_stranger(*one) : processes_.stop_by_stranger(*one);
        break;
      case 14:
        if (chance(3) == 0) {
          const bool is_now = chance(2) == 0;
          processes_.the_run_stops |= is_now;
          ask({{"command", "stop"}, {"now", is_now}});
        }
        break;
      case 15:
        ask({{"command", "failed"}, {"retry", true}});
        truth_.forget_pauses();
        break;
      case 16:
        ask({{"command", "set"}, {"stage", stage}, {"key", "capacity"}, {"value", 1 + chance(40)}});
        break;
      case 17:
        ask({{"command", "set"}, {"stage", stage}, {"key", "rate"}, {"value", std::to_string(1 + chance(100)) + "/s"}});
        break;
      case 18:
        trace("the engine gets no processor");
        processes_.stall(up_to(20 * kSecond));
        break;
      default:
        if (chance(3) == 0) throw EngineDied();
    }
  }

  void trace(const std::string& text) const {
    static const bool is_wanted = std::getenv("POOLTOP_TRACE") != nullptr;
    if (is_wanted) std::fprintf(stderr, "%.6f %s\n", to_seconds(processes_.time()), text.c_str());
  }

  // Whatever a user asks for may be refused; it must harm nothing.
  json ask(json request) {
    processes_.a_user_acts = true;
    json answer;
    trace(request.dump());
    check_request(request);
    try {
      answer = engine_->handle(request, 4242);
    } catch (const ControlError&) {
    }
    processes_.a_user_acts = false;
    return answer;
  }

  void fail_what_waits(const json& stage) {
    const json waiting = ask({{"command", "peek"}, {"stage", stage}, {"count", 1}});
    if (waiting.is_null() || waiting.at("items").empty()) return;
    const json& item = waiting.at("items").front();
    truth_.tries[{stage, item.at("item")}].user_failed_it = true;
    ask({{"command", "fail"}, {"stage", stage}, {"ids", json::array({item.at("id")})}});
  }

  // --- what must be there

  // Of an item that failed when it ran again: what came of it the first time may be there.
  void allow(const StageConfig& stage, const std::string& bytes) {
    if (stage.is_sink()) {
      allowed_[stage.name].insert(bytes);
      return;
    }
    const Fate fate = fate_of(stage, bytes, truth_.seed);
    for (std::uint32_t i = 0; i < fate.outputs; ++i)
      for (const StageConfig& next : config_.stages)
        if (std::find(next.from.begin(), next.from.end(), stage.name) != next.from.end())
          allow(next, output_of(stage, bytes, fate, i));
  }

  void follow(const StageConfig& stage, const std::string& bytes) {
    if (failed_.contains({stage.name, bytes}) && written_in_part_.contains({stage.name, bytes})) allow(stage, bytes);
    if (const auto found = failed_.find({stage.name, bytes}); found != failed_.end()) {
      if (--found->second == 0) failed_.erase(found);
      const Truth::Tries& tried = truth_.tries[{stage.name, bytes}];
      const bool may_fail =
          tried.failures > stage.retries || tried.deaths > stage.crash_retries || tried.user_failed_it;
      CHECK_MESSAGE(may_fail, bytes << " failed in " << stage.name << " after " << tried.failures << " failures and "
                                    << tried.deaths << " deaths");
      return;
    }
    if (stage.is_sink()) {
      wanted_[stage.name].push_back(bytes);
      return;
    }
    const Fate fate = fate_of(stage, bytes, truth_.seed);
    CHECK_MESSAGE(fate.times != Fate::kAlways, bytes << " is not on the list of failed items");
    for (std::uint32_t i = 0; i < fate.outputs; ++i)
      for (const StageConfig& next : config_.stages)
        if (std::find(next.from.begin(), next.from.end(), stage.name) != next.from.end())
          follow(next, output_of(stage, bytes, fate, i));
  }

  void check(int status) {
    const auto directory = RunDirectory::open_existing(config_.name);
    REQUIRE(directory);
    for (const FailedItem& item : read_failed(directory->failed_file())) trace(to_json(item).dump());
    for (const FailedItem& item : read_failed(directory->failed_file())) {
      failed_[{item.stage, item.item}] += 1;
      failed_count_ += 1;
      if (item.error.ends_with("; outputs of it that were written before the interruption stay"))
        written_in_part_.insert({item.stage, item.item});
    }
    CHECK(status == (failed_.empty() ? 0 : 1));
    for (const StageConfig& stage : config_.stages) {
      if (!stage.is_source()) continue;
      const auto& range = std::get<RangeSource>(std::get<SourceConfig>(stage.work).from);
      for (std::int64_t i = range.start; i < range.stop; ++i)
        for (const StageConfig& next : config_.stages)
          if (std::find(next.from.begin(), next.from.end(), stage.name) != next.from.end())
            follow(next, stage.name + std::to_string(i));
    }
    for (const auto& left : failed_)
      FAIL_CHECK(left.first.second << " failed in " << left.first.first << " once too often");
    for (const StageConfig& stage : config_.stages)
      if (stage.is_sink()) check_file(stage);
  }

  void check_file(const StageConfig& stage) {
    std::vector<std::string> lines;
    std::ifstream file(folder_ / stage.name);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    std::vector<std::string> wanted = wanted_[stage.name];
    std::erase_if(lines, [&](const std::string& line) { return allowed_[stage.name].erase(line) > 0; });
    const bool in_order = is_line_ && std::get<SinkConfig>(stage.work).ordered;
    if (!in_order) std::sort(lines.begin(), lines.end()), std::sort(wanted.begin(), wanted.end());
    for (const std::string& line : lines) trace(stage.name + ": " + line);
    CHECK(lines.size() == wanted.size());
    MUST(lines == wanted);
  }

  TestFolder folder_;
  Random random_;
  Truth truth_;
  SimulatedProcesses processes_;
  const Nanos begin_ = processes_.time();
  PipelineConfig config_;
  bool is_line_ = false;
  std::uint32_t actions_left_ = 0;
  int lives_ = 0;
  int given_back_ = 0;
  Supervisor* engine_ = nullptr;

  std::map<Truth::Key, int> failed_;
  std::uint64_t failed_count_ = 0;
  std::set<Truth::Key> written_in_part_;
  std::map<std::string, std::set<std::string>> allowed_;
  std::map<std::string, std::vector<std::string>> wanted_;
};

}  // namespace pooltop::testing
