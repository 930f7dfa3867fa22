// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/load.h"
#include "tests/support/texts.h"

namespace pooltop::test {

using testing::has;

/// Options of a config called pipe.json that looks at nothing outside itself; its environment has HOME alone.
inline LoadOptions options_of(std::string text) {
  LoadOptions options;
  options.file = "pipe.json";
  options.text = std::move(text);
  options.environment = [](const std::string& name) {
    return name == "HOME" ? std::optional<std::string>("/home/u") : std::nullopt;
  };
  options.check_system = false;
  return options;
}

/// A pipeline of a source, `stage` and a sink; the stage's name is "work" if the text does not give one.
inline std::string around(std::string_view stage) {
  const std::string_view name = stage.find("\"name\"") == stage.npos ? "\"name\": \"work\", " : "";
  return fmt::format(R"({{"stages": [{{"name": "in", "source": {{"range": [0, 3]}}}},
{{{}{}}},
{{"name": "out", "sink": {{"lines": "-"}}}}]}})",
                     name, stage);
}

inline std::string errors_of(const LoadOptions& options) {
  std::string text;
  for (const Diagnostic& error : load_config(options).errors) text += format(error) + "\n";
  return text;
}
inline std::string errors_of(std::string text) { return errors_of(options_of(std::move(text))); }

/// The config of a text that must be good.
inline PipelineConfig good(const LoadOptions& options) {
  LoadResult result = load_config(options);
  for (const Diagnostic& error : result.errors) MESSAGE(format(error));
  REQUIRE(result.config);
  return *std::move(result.config);
}
inline PipelineConfig good(std::string text) { return good(options_of(std::move(text))); }

/// The stage that around() puts in the middle.
inline StageConfig good_stage(std::string_view stage) { return good(around(stage)).stages.at(1); }

/// A directory of the test's own, removed at its end.
class Directory {
 public:
  Directory() {
    std::string path = std::filesystem::temp_directory_path() / "pooltop-config-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Directory() {
    std::error_code ignored;  // what a test made unreadable stays
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] std::string path(std::string_view name = {}) const { return path_ / name; }
  std::string file(std::string_view name, std::string_view content, bool executable = false) const {
    std::ofstream(path(name)) << content;
    std::filesystem::permissions(path(name), std::filesystem::perms(executable ? 0755 : 0644));
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace pooltop::test
