// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/control/control_error.h"
#include "engine/control/failed_list.h"
#include "engine/control/requests.h"
#include "engine/supervisor/observer.h"
#include "engine/supervisor/places.h"
#include "engine/supervisor/retune.h"
#include "engine/supervisor/run_journal.h"
#include "engine/supervisor/workers.h"

namespace pooltop {

/// What the control socket may do to a run. Every request was checked for its form; here its targets are looked up and
/// it is done, or refused with ControlError.
class Commands {
 public:
  Commands(Run& run, Workers& workers, Dispatch& dispatch, Observer& observer, Failures& failures, RunJournal& journal)
      : run_(run),
        workers_(workers),
        dispatch_(dispatch),
        observer_(observer),
        failures_(failures),
        journal_(journal),
        failed_pages_(run.options.run_dir + "/failed.jsonl"),
        retune_(run, workers, dispatch) {}

  [[nodiscard]] nlohmann::ordered_json handle(const nlohmann::json& request, pid_t client);

  /// Sources end, what is queued is finished.
  void drain();
  /// TERM to all, KILL `grace` later; exit status 130 unless something else was decided.
  void stop_now();
  /// KILL to all.
  void kill_now();

 private:
  nlohmann::ordered_json pause(const nlohmann::json& request, pid_t client);
  nlohmann::ordered_json resume(const nlohmann::json& request);
  nlohmann::ordered_json kill(const nlohmann::json& request);
  nlohmann::ordered_json restart(const nlohmann::json& request);
  nlohmann::ordered_json scale(const nlohmann::json& request);
  nlohmann::ordered_json stop(const nlohmann::json& request);
  nlohmann::ordered_json failed(const nlohmann::json& request);
  nlohmann::ordered_json retry(const nlohmann::json& request);
  nlohmann::ordered_json item(const nlohmann::json& request);
  nlohmann::ordered_json retrying(const nlohmann::json& request);
  nlohmann::ordered_json fail(const nlohmann::json& request);
  nlohmann::ordered_json tail(const nlohmann::json& request);
  nlohmann::ordered_json peek(const nlohmann::json& request);
  nlohmann::ordered_json events(const nlohmann::json& request);
  nlohmann::ordered_json inspect(const nlohmann::json& request);

  [[nodiscard]] Stage& stage_named(const std::string& name);
  /// The slot whose worker, or the worker's child, has this PID; refused if that is another process by now.
  [[nodiscard]] Slot& slot_of(const Target& target);
  [[nodiscard]] std::vector<Slot*> slots_of(const std::vector<Target>& targets);
  /// Where the items stand that shall fail; refused if that cannot be done to one of them.
  [[nodiscard]] std::vector<NamedItem> items_to_fail(Stage& stage, const std::vector<std::string>& ids, bool kill);
  [[nodiscard]] std::uint64_t hurry(const std::vector<std::string>& ids, const std::string& only_stage);
  void pause_slot(Slot& slot, bool after_item, pid_t client);
  void pause_stage(Stage& stage, bool after_item, pid_t client);
  void resume_stage(Stage& stage);

  Run& run_;
  Workers& workers_;
  Dispatch& dispatch_;
  Observer& observer_;
  Failures& failures_;
  RunJournal& journal_;
  FailedPages failed_pages_;
  Retune retune_;
};

}  // namespace pooltop
