// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/state/ui_state.h"

namespace pooltop {

/// Questions about a snapshot that both the state and the views ask.

[[nodiscard]] Layout layout_of(const UiState& state, const Snapshot& snapshot);

[[nodiscard]] const StageStatus* find_stage(const Snapshot& snapshot, std::string_view name);
[[nodiscard]] const WorkerStatus* find_worker(const Snapshot& snapshot, const WorkerKey& key);
[[nodiscard]] std::optional<std::size_t> stage_index(const Snapshot& snapshot, std::string_view name);

/// The place among worker_rows() of the one under the cursor.
[[nodiscard]] std::optional<std::size_t> selected_row(const UiState& state, const Snapshot& snapshot);
[[nodiscard]] bool is_marked(const UiState& state, const WorkerStatus& worker);
/// The action on its way for this worker, or for its stage or the run: its word, else empty.
[[nodiscard]] std::string_view pending_word(const UiState& state, const WorkerStatus& worker);
[[nodiscard]] std::string_view pending_word(const UiState& state, const StageStatus& stage);

/// Much longer at its item than the stage's items take: over 10 s and over 5 x P99; or what the engine says is slow,
/// who knows the stage's timeout too (over 80 % of it).
[[nodiscard]] bool is_slow(const WorkerStatus& worker, const Snapshot& snapshot);
/// Its slot's process before this one died, and this one came less than ten seconds ago.
[[nodiscard]] bool replaces_a_dead_one(const WorkerStatus& worker, const Snapshot& snapshot);
/// How long the stage is paused as a whole; nullopt: it is not, or the engine does not say.
[[nodiscard]] std::optional<double> paused_seconds(const StageStatus& stage, const Snapshot& snapshot);
/// " by you", " by PID 4242"; empty where nobody is named.
[[nodiscard]] std::string paused_by_text(const UiState& state, const std::optional<pid_t>& client);
/// What the engine says, with "by you" where it names this monitor's PID.
[[nodiscard]] std::string addressed(const UiState& state, std::string_view text);
/// Its process ended with status 0: it has done its part, nothing is wrong.
[[nodiscard]] bool ended_well(const WorkerStatus& worker);
/// As a whole, or each of its workers: what pauses it would let it go on.
[[nodiscard]] bool is_paused(const StageStatus& stage);
/// Done, or given up: no worker will come to it any more.
[[nodiscard]] bool is_over(const StageStatus& stage);
/// Items wait, nobody works, nothing was taken for 10 s, and nobody paused it.
[[nodiscard]] bool is_stalled(const StageStatus& stage);
/// Workers are paused, and nobody else works: nothing goes on before they do.
[[nodiscard]] bool stands_still(const Snapshot& snapshot);
/// What is in work in this stage is with paused workers, and nothing else waits there.
[[nodiscard]] bool is_held(const StageStatus& stage);

/// "pooltop pause crawl 21872": what does the same in a shell.
[[nodiscard]] std::string shell_command(const Snapshot& snapshot, std::string_view command, std::string_view rest);
/// The same of a command that lacks only the run's name: "scale fetch 9".
[[nodiscard]] std::string shell_command(const Snapshot& snapshot, std::string_view without_run);

struct OldestItem {
  double elapsed_s = 0;
  std::string id;
  std::string stage;
};
[[nodiscard]] std::optional<OldestItem> oldest_item(const Snapshot& snapshot);

/// Source items that reached an end, of all: 0 to 100, 100 only when all did; nullopt while the total is unknown.
[[nodiscard]] std::optional<int> percent_done(const Snapshot& snapshot);
/// Source items a second, of the last 10 s.
[[nodiscard]] double run_rate(const UiState& state, const Snapshot& snapshot);
/// The estimate of the time left is from the whole run's rate: not to be believed while the last 10 s have less than
/// half of the 20 s before them.
[[nodiscard]] bool is_eta_doubtful(const UiState& state);

}  // namespace pooltop
