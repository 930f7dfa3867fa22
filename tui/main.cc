// SPDX-License-Identifier: MIT
// argv -> command -> exit status. The only place that turns errors into exit statuses.
#include <signal.h>
#include <sys/auxv.h>

#include <exception>
#include <stdexcept>
#include <variant>

#include "engine/base/error.h"
#include "engine/control/control_error.h"
#include "engine/control/run_directory.h"
#include "engine/process/worker_starter.h"
#include "engine/worker/worker_spec.h"
#include "tui/cli/command_line.h"
#include "tui/cli/commands.h"
#include "tui/cli/output.h"

namespace {

using namespace pooltop;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::NoSuchTarget:
    case ErrorCode::StalePid:
    case ErrorCode::Ended:
    case ErrorCode::Disconnected:
      return kExitNoSuchTarget;
    case ErrorCode::TimedOut:
      return kExitCannotGoOn;
    default:
      return kExitUsage;
  }
}

int run(int argc, char** argv) {
  try {
    return std::visit([](const auto& options) { return execute(options); }, parse_command_line(argc, argv));
  } catch (const CliError& error) {
    if (*error.what() != '\0') say(error.what());
    return error.status();
  } catch (const ControlError& error) {
    say(error.what());
    return status_of(error.code());
  } catch (const RunGoingOn& error) {
    say(error.what());
    return kExitUsage;
  } catch (const UnsafeDirectory& error) {
    say(error.what());
    return kExitUsage;
  } catch (const std::invalid_argument& error) {  // a name that cannot be a run's, a socket path that is too long
    say(error.what());
    return kExitUsage;
  } catch (const std::exception& error) {
    say(error.what());
    return kExitCannotGoOn;
  }
}

}  // namespace

int main(int argc, char** argv) {
  // It runs whatever its config, or as a worker its region, says: with another user's rights that would be a hole.
  if (::getauxval(AT_SECURE) != 0) {
    say("refuses to run with set-user-ID or capabilities");
    return kExitUsage;
  }
  name_shortage_of_memory();
  become_worker_if_asked(argc, argv, &worker_main);
  hold_standard_streams();
  // A reader that goes away is an error of write(2), seen where it happens; the children get the default back.
  ::signal(SIGPIPE, SIG_IGN);
  return run(argc, argv);
}
