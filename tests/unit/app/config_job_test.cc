// SPDX-License-Identifier: MIT
#include "tui/app/config_job.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pooltop {
namespace {

constexpr const char* kConfig = R"({"stages": [
  {"name": "in", "source": {"range": [0, 9]}},
  {"name": "fetch", "op": "identity", "workers": 4}
]}
)";

/// A state directory with the run "crawl", which read crawl.json.
class CrawlRun {
 public:
  CrawlRun() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pooltop-config-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
    ::setenv("XDG_STATE_HOME", home_.c_str(), 1);
    const std::string runs = home_ + "/pooltop/runs/crawl";
    std::filesystem::create_directories(runs);
    std::filesystem::permissions(home_ + "/pooltop", std::filesystem::perms::owner_all);
    std::filesystem::permissions(home_ + "/pooltop/runs", std::filesystem::perms::owner_all);
    std::filesystem::permissions(runs, std::filesystem::perms::owner_all);
    std::ofstream(runs + "/config.json") << kConfig;
    std::ofstream(file()) << kConfig;
  }
  ~CrawlRun() {
    ::unsetenv("XDG_STATE_HOME");
    std::filesystem::remove_all(home_);
  }
  [[nodiscard]] std::string file() const { return home_ + "/crawl.json"; }
  [[nodiscard]] std::string text() const {
    std::ostringstream text;
    text << std::ifstream(file()).rdbuf();
    return text.str();
  }
  [[nodiscard]] ConfigJob job(ConfigJob::What what) const {
    RunSettings settings;
    settings.config_file = file();
    settings.stages = {{"fetch", {{"workers", "9", "4", "9", true, false}}}};
    return {what, settings, "pooltop set crawl --write"};
  }

 private:
  std::string home_;
};

}  // namespace

TEST_CASE("app: the config is compared with the settings, written, and then has them") {
  const CrawlRun run;
  const ConfigDone before = do_config_job("crawl", run.job(ConfigJob::What::Compare));
  REQUIRE(before.failed == "");
  CHECK(before.diff.cannot_write == "");
  CHECK(before.diff.name == run.file());
  REQUIRE_FALSE(before.diff.lines.empty());
  CHECK(before.diff.lines.front() == "--- " + run.file());
  CHECK(before.diff.lines.back() == " ]}");
  CHECK(run.text() == kConfig);
  CHECK(do_config_job("crawl", run.job(ConfigJob::What::Unsaved)).text ==
        "1 setting changed, not in the config: pooltop set crawl --diff");

  CHECK(do_config_job("crawl", run.job(ConfigJob::What::Write)).failed == "");
  CHECK(run.text().find("\"workers\": 9}") != std::string::npos);
  CHECK(do_config_job("crawl", run.job(ConfigJob::What::Compare)).diff.lines.empty());
  CHECK(do_config_job("crawl", run.job(ConfigJob::What::Unsaved)).text == "");
}

TEST_CASE("app: a config that somebody has changed is not written, and a run that is gone has none") {
  const CrawlRun run;
  std::ofstream(run.file(), std::ios::app) << "// mine\n";
  const ConfigDone compared = do_config_job("crawl", run.job(ConfigJob::What::Compare));
  CHECK(compared.diff.cannot_write.ends_with("was changed since the run read it"));
  CHECK_FALSE(compared.diff.lines.empty());
  const ConfigDone written = do_config_job("crawl", run.job(ConfigJob::What::Write));
  CHECK(written.failed.ends_with("was changed since the run read it; nothing was written"));
  CHECK(run.text().ends_with("// mine\n"));
  CHECK(do_config_job("nosuch", run.job(ConfigJob::What::Write)).failed == "the run's directory is gone");
}

}  // namespace pooltop
