// SPDX-License-Identifier: MIT
#include "engine/config/programs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/text.h"

namespace pooltop {

namespace {

bool may_execute(const std::string& file) { return ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0; }

// The words behind "#!" in the first line; none if there is no such line, or nobody may look.
std::vector<std::string> shebang_of(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 256> head{};  // the kernel reads no more of the line
  const ssize_t size = fd ? ::read(fd.get(), head.data(), head.size()) : -1;
  if (size < 2) return {};
  std::string line(head.data(), static_cast<std::size_t>(size));
  line.resize(std::min(line.find('\n'), line.size()));
  if (!line.starts_with("#!")) return {};
  std::istringstream in(line.substr(2));
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// The program that `env` is asked to start: what is neither an option nor a variable.
std::string program_of_env(const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i)
    if (!words[i].starts_with('-') && words[i].find('=') == std::string::npos) return words[i];
  return "";
}

std::string interpreter_problem(const std::string& file, const ProgramSearch& search) {
  const std::vector<std::string> words = shebang_of(file);
  if (words.empty()) return "";
  const std::string& interpreter = words.front();
  if (!may_execute(std::filesystem::path(search.start_dir) / interpreter))
    return fmt::format("{} needs the interpreter {}: {}", printable(file), printable(interpreter), reason_of(errno));
  if (std::filesystem::path(interpreter).filename() != "env") return "";
  const std::string program = program_of_env(words);
  if (program.empty() || program_problem(program, search).empty()) return "";
  return fmt::format("{} needs the interpreter {}, which is not in PATH: {}", printable(file), printable(program),
                     printable(search.path));
}

std::string file_problem(const std::string& file, const ProgramSearch& search) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return fmt::format("{}: {}", printable(file), reason_of(errno));
  if (S_ISDIR(info.st_mode)) return fmt::format("{} is a directory, not a program", printable(file));
  if (!S_ISREG(info.st_mode)) return fmt::format("{} is no program", printable(file));
  if (!may_execute(file)) return fmt::format("{} is not executable", printable(file));
  return interpreter_problem(file, search);
}

}  // namespace

std::string program_problem(const std::string& name, const ProgramSearch& search) {
  const std::filesystem::path start(search.start_dir);
  if (name.find('/') != std::string::npos) return file_problem(start / name, search);
  std::string found_but;  // what a match that cannot be started says, as in a shell, if there is no better one
  std::istringstream directories(search.path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string file = start / directory / name;
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0 || S_ISDIR(info.st_mode)) continue;
    const std::string problem = file_problem(file, search);
    if (problem.empty() || may_execute(file)) return problem;
    if (found_but.empty()) found_but = problem;
  }
  if (!found_but.empty()) return found_but;
  return fmt::format("{} is not in PATH: {}", printable(name), printable(search.path));
}

}  // namespace pooltop
