// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "engine/base/fd.h"
#include "engine/control/handler.h"
#include "engine/control/server.h"
#include "engine/supervisor/commands.h"
#include "engine/supervisor/dispatch.h"
#include "engine/supervisor/failures.h"
#include "engine/supervisor/intake.h"
#include "engine/supervisor/observer.h"
#include "engine/supervisor/run.h"
#include "engine/supervisor/run_journal.h"
#include "engine/supervisor/run_recorder.h"
#include "engine/supervisor/workers.h"

namespace pooltop {

/// The one loop of the engine: waits, moves items, sees deaths, answers the socket. One thread, nothing in it blocks
/// but its own wait.
class Supervisor : public ControlHandler {
 public:
  Supervisor(EngineOptions options, WorkerProcesses& processes, Timeline& timeline = system_timeline());

  /// To the run's end; its exit status.
  [[nodiscard]] int run();

  [[nodiscard]] const Snapshot& snapshot() override;
  [[nodiscard]] nlohmann::ordered_json handle(const nlohmann::json& request, pid_t client) override;

 private:
  bool pass();
  bool pass_slot(Slot& slot);
  bool end_stages();
  bool end_stage_if_drained(Stage& stage);
  void arm_hot();
  void wait(Nanos until);
  void take_signals();
  void stop_all();
  [[nodiscard]] Nanos next_deadline() const;
  void tick();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] int exit_status() const;
  void finish(int status);
  void tell(const std::string& error) const;
  void leave_report(const std::string& text) const;

  Run run_;
  Fd epoll_;
  Fd signals_;
  Failures failures_;
  Observer observer_;
  RunRecorder recorder_;
  RunJournal journal_;
  Dispatch dispatch_;
  Workers workers_;
  Intake intake_;
  Commands commands_;
  Server server_;
  Nanos next_tick_ = 0;
  Nanos next_rebalance_ = 0;
  Nanos next_slot_ = 0;  // when a slot is due to start; 0: none
  bool all_ended_ = false;
};

}  // namespace pooltop
