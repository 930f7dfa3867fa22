// SPDX-License-Identifier: MIT
#pragma once

#include "tui/cli/options.h"

namespace pooltop {

/// Each carries out its command and returns the exit status; one file each. Results go to stdout, all else to stderr.
/// Throw CliError, std::system_error.
int execute(const RunOptions& options);
int execute(const AttachOptions& options);
int execute(const ReplayOptions& options);
int execute(const WaitOptions& options);
int execute(const PsOptions& options);
int execute(const StatusOptions& options);
int execute(const PauseOptions& options);
int execute(const ResumeOptions& options);
int execute(const KillOptions& options);
int execute(const RestartOptions& options);
int execute(const ScaleOptions& options);
int execute(const SetOptions& options);
int execute(const StopOptions& options);
int execute(const LogsOptions& options);
int execute(const FailedOptions& options);
int execute(const InspectOptions& options);
int execute(const ItemOptions& options);
int execute(const FailOptions& options);
int execute(const CheckOptions& options);
int execute(const OpsOptions& options);
int execute(const KeysOptions& options);
int execute(const SchemaOptions& options);
int execute(const CleanOptions& options);
int execute(const CompletionOptions& options);
int execute(const TextOptions& options);

}  // namespace pooltop
