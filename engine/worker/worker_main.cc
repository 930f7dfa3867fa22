// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <system_error>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr Nanos kMaxStartWait = 30 * kSecond;
constexpr std::array<std::string_view, 5> kKeptByClearEnv = {"PATH", "HOME", "LANG", "TERM", "TZ"};

void set_variable(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  const std::string prefix = name + "=";
  std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(prefix); });
  env.push_back(prefix + value);
}

std::vector<std::string> make_environment(const WorkerSpec& spec) {
  std::vector<std::string> env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool kept = std::find(kKeptByClearEnv.begin(), kKeptByClearEnv.end(), name) != kKeptByClearEnv.end();
    if (kept || !spec.stage.clear_env) env.emplace_back(text);
  }
  for (const auto& [name, value] : spec.stage.env) set_variable(env, name, value);
  set_variable(env, "POOLTOP_RUN", spec.run);
  set_variable(env, "POOLTOP_STAGE", spec.stage.name);
  set_variable(env, "POOLTOP_SLOT", std::to_string(spec.slot));
  return env;
}

// What runs inside this process (plugins, the C library's TZ) sees what its children see. The strings live on.
void adopt_environment(const std::vector<std::string>& env) {
  ::clearenv();
  for (const std::string& entry : env) {
    const std::size_t equals = entry.find('=');
    ::setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
}

void prepare_process(const WorkContext& context) {
  const StageConfig& stage = context.spec.stage;
  // A reader that went away and a file at its size limit are errors to report, not signals to die of.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  adopt_environment(context.env);
  const std::string directory = stage.cwd.empty() ? context.spec.start_dir : context.resolve(stage.cwd);
  if (!directory.empty()) check(::chdir(directory.c_str()), "chdir", directory);
  if (stage.nice) check(::setpriority(PRIO_PROCESS, 0, *stage.nice), "setpriority", std::to_string(*stage.nice));
}

struct RunWork {
  WorkContext& context;
  void operator()(const SourceConfig&) const { run_source(context); }
  void operator()(const OpWork&) const { run_operator(context); }
  void operator()(const CommandWork&) const { run_command(context); }
  void operator()(const WorkerWork& work) const {
    if (work.protocol == WorkerProtocol::Lines)
      run_lines_child(context);
    else
      run_json_child(context);
  }
  void operator()(const PythonWork&) const { run_python(context); }
  void operator()(const SinkConfig&) const { run_sink(context); }
};

// The reason is told where people look: always in the log, and with `tells_engine` as why the stage cannot go on.
[[noreturn]] void give_up(WorkContext& context, const char* message, bool tells_engine, bool may_work_later = false) {
  context.log.flush();
  context.log.note(message);
  if (tells_engine) context.port.trouble(message, may_work_later);
  ::_exit(1);
}

[[noreturn]] void work(WorkContext& context) {
  // Of work it is a crash like any other: the item has more tries, the slot more workers.
  const bool is_end = context.spec.stage.is_source() || context.spec.stage.is_sink();
  try {
    prepare_process(context);
    std::visit(RunWork{context}, context.spec.stage.work);
    context.log.flush();
    context.port.end();
    ::_exit(0);
  } catch (const WorkTrouble& trouble) {
    give_up(context, trouble.what(), is_end, trouble.may_work_later());
  } catch (const AnswersInDoubt& doubt) {
    give_up(context, doubt.what(), true);
  } catch (const std::exception& error) {
    give_up(context, error.what(), is_end);
  }
}

[[noreturn]] void start_work(const WorkerFds& fds) {
  Port port(fds.region, fds.bell, fds.wake);
  const WorkerSpec spec = decode_worker_spec(port.spec());
  Log log(spec.log_file);
  WorkContext context{spec, port, log, make_environment(spec), fds.stream};
  work(context);
}

}  // namespace

std::string WorkContext::resolve(const std::string& path) const {
  return path.starts_with('/') || spec.start_dir.empty() ? path : spec.start_dir + "/" + path;
}

std::vector<std::string> WorkContext::program(std::vector<std::string> argv) const {
  const bool has_slash = !argv.empty() && argv[0].find('/') != std::string::npos;
  if (has_slash && !spec.stage.cwd.empty()) argv[0] = resolve(argv[0]);
  return argv;
}

ItemFailure make_failure(std::string error, pid_t pid, bool permanent) {
  ItemFailure failure;
  failure.error = std::move(error);
  failure.pid = pid;
  failure.permanent = permanent;
  return failure;
}

void wait_out_shortage(Log& log, const std::function<void()>& start) {
  const auto is_shortage = [](int error) {
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
  };
  Nanos waited = 0;
  for (Nanos pause = 10 * kMillisecond;; pause = std::min(2 * pause, 2 * kSecond)) {
    try {
      return start();
    } catch (const std::system_error& error) {
      if (!is_shortage(error.code().value()) || waited >= kMaxStartWait) throw;
      if (waited == 0) log.note(fmt::format("{}; trying again for 30 s", error.what()));
    }
    ::poll(nullptr, 0, static_cast<int>(pause / kMillisecond));
    waited += pause;
  }
}

std::string describe(const ProcessEnd& end) {
  if (end.kind == ProcessEnd::Kind::Exited) return fmt::format("exited with {}", end.code);
  const char* const name = ::sigabbrev_np(end.code);
  return name != nullptr ? fmt::format("ended by SIG{}", name) : fmt::format("ended by signal {}", end.code);
}

void end_like(const ProcessEnd& end) {
  if (end.kind == ProcessEnd::Kind::Exited) ::_exit(end.code == 0 ? 1 : end.code);
  const rlimit no_core{0, 0};  // the child's own dump is the one to look at
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::signal(end.code, SIG_DFL);
  sigset_t mask;
  ::sigemptyset(&mask);
  ::sigaddset(&mask, end.code);
  ::sigprocmask(SIG_UNBLOCK, &mask, nullptr);
  ::raise(end.code);
  ::_exit(128 + end.code);  // a signal whose default is not death
}

void worker_main(const WorkerFds& fds) {
  try {
    start_work(fds);
  } catch (const std::exception& error) {
    // No log yet: descriptor 2 is the log where there is one.
    const std::string line = fmt::format("pooltop worker: {}\n", error.what());
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
    ::_exit(1);
  }
}

}  // namespace pooltop
