// SPDX-License-Identifier: MIT
// Programs, directories and files that are refused before anything starts.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load_support.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

struct Case {
  Directory directory;

  [[nodiscard]] LoadOptions options(std::string text) const {
    LoadOptions options = options_of(std::move(text));
    options.check_system = true;
    options.start_dir = directory.path();
    options.environment = [](const std::string& name) {
      return name == "PATH" ? std::optional<std::string>("/usr/bin:/bin") : std::nullopt;
    };
    return options;
  }
  [[nodiscard]] std::string errors(std::string_view stage) const { return errors_of(options(around(stage))); }
  [[nodiscard]] std::string errors_of_ends(std::string_view source, std::string_view sink) const {
    return errors_of(options(fmt::format(
        R"({{"stages": [{{"name": "in", "source": {{{}}}}}, {{"name": "out", "sink": {{{}}}}}]}})", source, sink)));
  }
};

// What `errors` says in a child that is nobody: root may read and write everything.
std::string as_nobody(const Case& test, std::string_view source, std::string_view sink) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0 && ::getuid() == 0) ::_exit(2);
    const std::string errors = test.errors_of_ends(source, sink);
    ::_exit(::write(ends[1], errors.data(), errors.size()) == static_cast<ssize_t>(errors.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

TEST_CASE("config: a program that is not in PATH is refused with the PATH that was searched") {
  const Case test;
  CHECK(has(test.errors(R"("command": ["nosuchprogram", "{}"])"),
            "pipe.json:2:29: /stages/1/command: nosuchprogram is not in PATH: /usr/bin:/bin"));
  CHECK(has(test.errors(R"("worker": ["nosuchprogram"])"), "/stages/1/worker: nosuchprogram is not in PATH"));
  CHECK(has(test.errors(R"("python": "m:f", "interpreter": "python9")"),
            "/stages/1/interpreter: python9 is not in PATH"));
  CHECK(has(test.errors_of_ends(R"("command": ["nosuchprogram"])", R"("command": ["nosuchtoo"])"),
            "/stages/0/source/command: nosuchprogram is"));
  CHECK(has(test.errors_of_ends(R"("command": ["nosuchprogram"])", R"("command": ["nosuchtoo"])"),
            "/stages/1/sink/command: nosuchtoo is"));
  CHECK(test.errors(R"("command": ["sh", "{}"])").empty());
  CHECK(test.errors(R"("command": ["{}"])").empty());  // the item is the program
}

TEST_CASE("config: a program is looked for in the stage's own PATH where it has one, and none is needed for a path") {
  const Case test;
  test.directory.file("mine", "#!/bin/sh\n", true);
  CHECK(test.errors(fmt::format(R"("command": ["mine", "{{}}"], "env": {{"PATH": "{}"}})", test.directory.path()))
            .empty());
  CHECK(has(test.errors(fmt::format(R"("command": ["sh", "{{}}"], "env": {{"PATH": "{}"}})", test.directory.path())),
            "sh is not in PATH: "));
  CHECK(test.errors(R"("command": ["./mine", "{}"], "clear_env": true)").empty());
  CHECK(test.errors(R"("command": ["sh", "{}"], "clear_env": true)").empty());
}

TEST_CASE("config: a program that is not there, not executable, a directory or a pipe is refused") {
  const Case test;
  test.directory.file("plain", "echo\n");
  REQUIRE(::mkfifo(test.directory.path("fifo").c_str(), 0777) == 0);
  CHECK(has(test.errors(R"("command": ["./none", "{}"])"), "/./none: No such file or directory"));
  CHECK(has(test.errors(R"("command": ["./plain", "{}"])"), "/./plain is not executable"));
  CHECK(has(test.errors(R"("command": ["./", "{}"])"), "is a directory, not a program"));
  CHECK(has(test.errors(R"("command": ["./fifo", "{}"])"), "is no program"));
  CHECK(has(test.errors(fmt::format(R"("command": ["plain", "{{}}"], "env": {{"PATH": "{}"}})", test.directory.path())),
            "/plain is not executable"));
}

TEST_CASE("config: a script whose interpreter is not there is refused by the interpreter's name") {
  const Case test;
  test.directory.file("bad", "#!/no/such/python3 -u\nx\n", true);
  test.directory.file("env", "#!/usr/bin/env -S VAR=1 nosuchpython -u\nx\n", true);
  test.directory.file("good", "#!/usr/bin/env sh\nx\n", true);
  test.directory.file("plain", "no first line", true);
  CHECK(
      has(test.errors(R"("worker": ["./bad"])"), "needs the interpreter /no/such/python3: No such file or directory"));
  CHECK(has(test.errors(R"("worker": ["./env"])"),
            "needs the interpreter nosuchpython, which is not in PATH: /usr/bin:/bin"));
  CHECK(test.errors(R"("worker": ["./good"])").empty());
  CHECK(test.errors(R"("worker": ["./plain"])").empty());
}

TEST_CASE("config: {} inside shell text is refused before the shell is looked at") {
  const Case test;
  CHECK(has(test.errors(R"("shell": "wc {}")"), "use \"$1\""));
}

TEST_CASE("config: a working directory that is missing, or a file, is refused") {
  const Case test;
  test.directory.file("file", "");
  CHECK(has(test.errors(R"("op": "square", "cwd": "none")"), "/stages/1/cwd: directory \""));
  CHECK(has(test.errors(R"("op": "square", "cwd": "none")"), "/none\" does not exist"));
  CHECK(has(test.errors(R"("op": "square", "cwd": "file")"), "/file\" is no directory"));
  CHECK(has(test.errors(R"("python": "m:f", "path": "none")"), "/stages/1/path: directory"));
  CHECK(test.errors(R"("op": "square", "cwd": ".")").empty());
}

TEST_CASE("config: an input that is missing or a directory is refused") {
  const Case test;
  const auto errors = [&](std::string_view file) {
    return test.errors_of_ends(fmt::format(R"("lines": "{}")", file), R"("discard": true)");
  };
  CHECK(has(errors("none"), "pipe.json:1:48: /stages/0/source/lines: cannot read \""));
  CHECK(has(errors("none"), "none\": No such file or directory"));
  CHECK(has(errors("."), "is a directory, a file is needed"));
  CHECK(has(errors("none/x"), "cannot read"));
  test.directory.file("there", "");
  CHECK(errors("there").empty());
  CHECK(errors("-").empty());
  CHECK(has(test.errors(R"("plugin": "none.so", "op": "x")"), "/stages/1/plugin: cannot read"));
}

TEST_CASE("config: an output whose directory is missing, or that is a directory, is refused") {
  const Case test;
  const auto errors = [&](std::string_view file) {
    return test.errors_of_ends(R"("items": [])", fmt::format(R"("lines": "{}")", file));
  };
  test.directory.file("file", "");
  CHECK(has(errors("none/out"), "/stages/1/sink/lines: directory \""));
  CHECK_FALSE(has(errors(""), "directory"));  // refused as a name, and that is enough
  CHECK(has(errors("none/out"), "/none\" does not exist"));
  CHECK(has(errors("."), "is a directory, a file is needed"));
  CHECK(has(errors("file/out"), "is no directory"));
  CHECK(errors("out").empty());
  CHECK_FALSE(std::filesystem::exists(test.directory.path("out")));  // looked at, not made
}

TEST_CASE("config: files and directories without permission are refused") {
  const Case test;
  test.directory.file("secret", "");
  std::filesystem::permissions(test.directory.path("secret"), std::filesystem::perms::none);
  std::filesystem::permissions(test.directory.path(), std::filesystem::perms(0555));
  CHECK(has(as_nobody(test, R"("lines": "secret")", R"("discard": true)"), "secret\": Permission denied"));
  CHECK(has(as_nobody(test, R"("items": [])", R"("lines": "secret")"), "cannot write \""));
  CHECK(has(as_nobody(test, R"("items": [])", R"("lines": "new")"), "is not writable: Permission denied"));
  std::filesystem::permissions(test.directory.path(), std::filesystem::perms(0755));
}

TEST_CASE("config: an output that is the input is refused, by another spelling and by another name too") {
  const Case test;
  test.directory.file("data", "1\n");
  std::filesystem::create_hard_link(test.directory.path("data"), test.directory.path("hard"));
  std::filesystem::create_symlink("data", test.directory.path("soft"));
  for (const char* name : {"data", "./data", "hard", "soft"})
    CHECK(has(test.errors_of_ends(R"("lines": "data")", fmt::format(R"("lines": "{}")", name)),
              "is read by stage \"in\" too: a sink would empty it"));
  REQUIRE(::mkfifo(test.directory.path("pipe").c_str(), 0600) == 0);
  CHECK(test.errors_of_ends(R"("lines": "pipe")", R"("lines": "pipe")").empty());  // nothing to be emptied
}

TEST_CASE("config: two sinks on one file by link, or by a directory's other name, are refused") {
  const Case test;
  test.directory.file("data", "");
  std::filesystem::create_symlink("data", test.directory.path("soft"));
  std::filesystem::create_directory(test.directory.path("d"));
  std::filesystem::create_symlink("d", test.directory.path("e"));
  const auto errors = [&](std::string_view a, std::string_view b) {
    return errors_of(test.options(fmt::format(
        R"({{"stages": [{{"name": "in", "source": {{"items": []}}}}, {{"name": "s", "sink": {{"lines": "{}"}}}}, {{"name": "t", "from": "in", "sink": {{"csv": "{}"}}}}]}})",
        a, b)));
  };
  CHECK(has(errors("data", "soft"), "/stages/2/sink/csv: \"soft\" is written by stage \"s\" too"));
  CHECK(has(errors("d/new", "e/new"), "written by stage \"s\" too"));
  CHECK(has(errors("new", "./new"), "written by stage \"s\" too"));
  CHECK(has(errors("new", "d/../new"), "written by stage \"s\" too"));
  std::filesystem::create_symlink("new", test.directory.path("to_new"));  // there is no file yet
  CHECK(has(errors("to_new", "new"), "written by stage \"s\" too"));
  REQUIRE(::mkfifo(test.directory.path("pipe").c_str(), 0600) == 0);
  CHECK(errors("pipe", "pipe").empty());  // several may write into a pipe
}
