// SPDX-License-Identifier: MIT
#include "pooltop/plugin.h"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

using Outputs = std::vector<std::string>;

// The build puts the plugins beside this binary.
std::string plugin_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "plugin" / name;
}

WorkerSpec plugin_spec(const std::string& op, const std::string& args = "{}",
                       const std::string& name = "libexample.so") {
  OpWork work;
  work.op = op;
  work.args = args;
  work.plugin = plugin_path(name);
  return spec_of(work);
}

std::string refusal(WorkerSpec spec) {
  WorkerHarness worker(std::move(spec));
  worker.give({"x"});
  CHECK(worker.wait_exit().code == 1);
  CHECK(!worker.current());
  return worker.log();
}

}  // namespace

TEST_CASE("worker: a plugin's operator gets any bytes and gives one or many items") {
  std::vector<std::string> items = hard_items();
  items.push_back("a" + std::string((16 << 20) - 1, 'z'));
  const auto reversed = WorkerHarness(plugin_spec("reverse")).run(items);
  REQUIRE(reversed.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    REQUIRE(reversed[i].outputs.size() == 1);
    CHECK((reversed[i].outputs[0] == std::string(items[i].rbegin(), items[i].rend())));
  }
  const auto many = WorkerHarness(plugin_spec("repeat", R"({"times":3})")).run({"ab", ""});
  CHECK(many[0].outputs == Outputs{"ab", "ab", "ab"});
  CHECK(many[1].outputs == Outputs{"", "", ""});
  CHECK(WorkerHarness(plugin_spec("repeat", R"({"times":0})")).run({"ab"})[0].outputs.empty());
  CHECK(WorkerHarness(plugin_spec("repeat", R"({"times":100000})")).run({"ab"})[0].outputs.size() == 100'000);
}

TEST_CASE("worker: a plugin's failure is the item's, its outputs are dropped, too large ones fail") {
  const auto answers = WorkerHarness(plugin_spec("refuse")).run({"x", "!"});
  REQUIRE(answers[0].failure.has_value());
  CHECK(answers[0].failure->error == "not now");
  CHECK(!answers[0].failure->permanent);
  CHECK(answers[0].outputs.empty());
  CHECK(answers[1].failure->permanent);

  WorkerSpec spec = plugin_spec("reverse");
  spec.max_item_bytes = 3;
  const auto sizes = WorkerHarness(spec).run({"abc", "abcd"});
  CHECK(sizes[0].outputs == Outputs{"cba"});
  CHECK(sizes[1].failure->error == "an output is larger than max_item_bytes (3)");
}

TEST_CASE("worker: a plugin that crashes takes its worker down with the item named") {
  WorkerHarness worker(plugin_spec("crash"));
  worker.give({"x", "y"});
  const ProcessEnd end = worker.wait_exit();
  CHECK(end.kind == ProcessEnd::Kind::Signaled);
  CHECK(end.code == SIGABRT);
  CHECK(worker.current() == 0);
}

TEST_CASE("worker: a plugin that cannot be used ends the worker before it takes an item, with the reason") {
  CHECK(refusal(plugin_spec("nothing", "{}")).find("refused operator \"nothing\" with {}: there are reverse") !=
        std::string::npos);
  CHECK(refusal(plugin_spec("repeat", R"({"times":1000001})")).find("more than a million") != std::string::npos);
  CHECK(refusal(plugin_spec("reverse", "{}", "libold.so")).find("built for ABI 999, this pooltop has 1") !=
        std::string::npos);
  CHECK(refusal(plugin_spec("reverse", "{}", "none.so")).find("cannot open shared object file") != std::string::npos);
  CHECK(refusal(plugin_spec("reverse", "{}", "../../../../../../../../../bin/sh")).find("plugin: ") !=
        std::string::npos);
}
