// SPDX-License-Identifier: MIT
#include "tui/app/signals.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <ctime>

#include "engine/base/error.h"

namespace pooltop {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT, SIGCHLD}) sigaddset(&set, signal);
  check(::sigprocmask(SIG_BLOCK, &set, &mask_before_), "sigprocmask", "monitor");
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_before_);
  fd_ = Fd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd", "monitor"));
  // A front that is killed gives the terminal back to the shell: nobody may draw on it then.
  check(::prctl(PR_SET_PDEATHSIG, SIGTERM), "prctl PR_SET_PDEATHSIG", "monitor");
}

Signals::~Signals() {
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::optional<int> Signals::take() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void Signals::stop(pid_t whom) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  check(::kill(whom, SIGTSTP), "kill", "job");
  check(::sigprocmask(SIG_UNBLOCK, &set, nullptr), "sigprocmask", "monitor");  // here it stops
  check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask", "monitor");
  // The CONT that ended it is known; it must not come out of the descriptor as another one.
  sigset_t cont;
  sigemptyset(&cont);
  sigaddset(&cont, SIGCONT);
  const timespec at_once{};
  static_cast<void>(::sigtimedwait(&cont, nullptr, &at_once));
}

}  // namespace pooltop
