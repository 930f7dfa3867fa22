// SPDX-License-Identifier: MIT
#include "tui/app/pager.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/io.h"
#include "engine/base/text.h"

namespace pooltop {
namespace {

constexpr std::string_view kShell = "/bin/sh";
constexpr int kNotFound = 127;  // as shells have it
constexpr time_t kPatience_s = 1;

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

bool is_in_path(std::string_view name, std::string_view path) {
  if (name.find('/') != std::string_view::npos) return is_program(std::string(name));
  for (;;) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    const std::string directory(path.substr(0, colon));
    if (is_program((directory.empty() ? "." : directory) + "/" + std::string(name))) return true;
    if (colon == path.size()) return false;
    path.remove_prefix(colon + 1);
  }
}

std::string_view first_word(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_first_of(" \t"));
}

// Only what is a name and nothing else is looked up; what the shell makes of the rest is its business.
bool is_plain_name(std::string_view word) { return word.find_first_of("$`'\"\\;&|<>()=*?[]#~%!{}") == word.npos; }

// The terminal's foreground is changed from the background too: that would stop this process otherwise.
void give_terminal(pid_t group) noexcept {
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGTTOU);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  ::tcsetpgrp(STDOUT_FILENO, group);  // no job control on this terminal: nobody needs to have it
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

[[noreturn]] void be_pager(int text, char* const argv[]) noexcept {
  ::setpgid(0, 0);
  give_terminal(::getpid());
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  for (const int signal : {SIGPIPE, SIGTTOU, SIGTTIN, SIGTSTP, SIGINT, SIGQUIT}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(text, STDIN_FILENO);
  ::execv(argv[0], argv);
  ::_exit(kNotFound);
}

Fd file_of(std::string_view text) {
  Fd file(check(::memfd_create("output", MFD_CLOEXEC), "memfd_create", "output"));
  write_all(file.get(), text, "output");
  check(static_cast<int>(::lseek(file.get(), 0, SEEK_SET)), "lseek", "output");
  return file;
}

}  // namespace

PagerCommand pager_command(const char* pager, const char* path) {
  const std::string_view where = path ? path : "/usr/bin:/bin";
  if (!pager || first_word(pager).empty()) {
    // -+F: what fits on the screen is shown too, whatever $LESS says; it would be gone at once.
    if (is_in_path("less", where)) return {"exec less -+F", {}};
    if (is_in_path("more", where)) return {"exec more", {}};
    return {{}, "there is no pager: PAGER is not set, and neither less nor more is here"};
  }
  const std::string_view word = first_word(pager);
  if (is_plain_name(word) && !is_in_path(word, where))
    return {{}, fmt::format("PAGER: {} is not found; nothing was shown", printable(word))};
  std::string command(pager);
  if (word == "less" || word.ends_with("/less")) command += " -+F";
  return {std::move(command), {}};
}

Pager::Pager(const std::string& command, std::string_view text) : command_(command) {
  const Fd file = file_of(text);
  std::string shell(kShell);
  std::string option = "-c";
  const std::array<char*, 4> argv{shell.data(), option.data(), command_.data(), nullptr};
  pid_ = static_cast<pid_t>(check(::fork(), "fork", "pager"));
  if (pid_ == 0) be_pager(file.get(), argv.data());
  ::setpgid(pid_, pid_);  // whoever is first: before it is given the terminal it must have its group
  give_terminal(pid_);
}

Pager::~Pager() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGHUP);
  ::kill(-pid_, SIGCONT);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (int tries = 0; look() != State::Ended && tries < 2; ++tries) {
    if (tries == 1) ::kill(-pid_, SIGKILL);
    const timespec patience{kPatience_s, 0};
    static_cast<void>(::sigtimedwait(&set, nullptr, &patience));
  }
  give_terminal(::getpgrp());
}

Pager::State Pager::look() {
  if (pid_ < 0) return State::Ended;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG | WUNTRACED) != pid_) return State::Runs;
  give_terminal(::getpgrp());
  if (WIFSTOPPED(status)) return State::Stopped;
  status_ = status;
  pid_ = -1;
  return State::Ended;
}

void Pager::go_on() {
  give_terminal(pid_);
  ::kill(-pid_, SIGCONT);
}

std::optional<std::string> Pager::complaint() const {
  if (WIFSIGNALED(status_)) return fmt::format("the pager was ended by signal {}", WTERMSIG(status_));
  const int code = WEXITSTATUS(status_);
  if (code == 0) return std::nullopt;
  if (code == kNotFound) return fmt::format("the pager was not found: {}", printable(command_, 60));
  return fmt::format("the pager ended with status {}: {}", code, printable(command_, 60));
}

}  // namespace pooltop
