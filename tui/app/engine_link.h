// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/control/client.h"
#include "tui/app/ended_items.h"
#include "tui/app/run_link.h"
#include "tui/state/next.h"

namespace pooltop {

/// The monitor's connection to its engine: subscribes, turns messages into events and requests into lines, and comes
/// back after a connection was lost.
class EngineLink : public RunLink {
 public:
  /// `failed_file` tells of items when the engine is gone; empty: nothing does.
  EngineLink(std::string socket_path, bool read_only, std::string failed_file = {});

  /// Connects and subscribes. False if nobody listens; throws ControlError for any other refusal.
  [[nodiscard]] bool connect() override;
  [[nodiscard]] bool is_up() const { return client_.has_value(); }
  /// To poll; -1 while there is no connection.
  [[nodiscard]] int fd() const override { return client_ ? client_->fd() : -1; }
  [[nodiscard]] bool wants_write() const override { return client_ && client_->wants_write(); }
  [[nodiscard]] std::optional<Nanos> due() const override {
    return from_file_.empty() ? std::nullopt : std::optional<Nanos>(0);
  }

  /// All that came since the last call, in order; many status messages are one DataArrived. A connection that was lost
  /// is the last event. Throws ControlError if the engine refuses the subscription.
  [[nodiscard]] std::vector<Event> take_events() override;
  void send(const ControlRequest& request) override;
  /// Tells the engine which rows are looked at, if they are other ones than it knows: a few times a second at most, so
  /// ask again at every tick. The rows that are not come once a second.
  void look_at(const std::vector<WorkerKey>& rows, Nanos now) override;

  /// What is known of the run, from this connection or the last one.
  [[nodiscard]] const Snapshot& snapshot() const override { return has_status_ ? mirror_.snapshot() : last_; }
  [[nodiscard]] bool ended() const override { return ended_; }

 private:
  void lose(std::vector<Event>& events);
  void subscribe(bool go_on);

  EndedItems ended_items_;
  std::vector<Event> from_file_;  // its answers
  std::string socket_path_;
  bool read_only_;
  std::optional<Client> client_;
  StatusMirror mirror_;
  Snapshot last_;
  std::vector<WorkerKey> looked_at_;  // as told
  Nanos told_at_ = 0;
  bool has_status_ = false;  // of this connection
  bool ended_ = false;
};

}  // namespace pooltop
