// SPDX-License-Identifier: MIT
#include "tui/plain/refusals.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace pooltop;

namespace {

constexpr const char* kReason = "clone worker: Resource temporarily unavailable (this user may have 6)";

EngineEvent refused(const std::string& stage, const std::string& why = kReason) {
  return {1, "2026-01-31T12:00:00.000Z", "start_refused", stage, 0, "", why};
}

Snapshot at(double elapsed_s, const std::vector<std::string>& stages, const std::string& why = kReason) {
  Snapshot now;
  now.elapsed_s = elapsed_s;
  for (const std::string& stage : stages)
    now.problems.push_back({"error", stage, std::nullopt, 1, why + "; tried again every second"});
  return now;
}

std::vector<std::string> texts(const std::vector<PlainLine>& lines) {
  std::vector<std::string> out;
  for (const PlainLine& line : lines) out.push_back(line.text);
  return out;
}

}  // namespace

TEST_CASE("plain: starts that are refused are counted every 10 s for each stage, not told one by one") {
  Refusals refusals;
  std::vector<std::string> told;
  for (int second = 0; second < 25; ++second) {
    for (int worker = 0; worker < 4; ++worker) refusals.add(refused("work"));
    if (second % 2 == 0) refusals.add(refused("save"));
    for (const std::string& text : texts(refusals.lines(at(100 + second, {"work", "save"})))) told.push_back(text);
  }

  CHECK(told == std::vector<std::string>{
                    std::string("START REFUSED save: still refused (6 times): ") + kReason,
                    std::string("START REFUSED work: still refused (44 times): ") + kReason,
                    std::string("START REFUSED save: still refused (5 times): ") + kReason,
                    std::string("START REFUSED work: still refused (40 times): ") + kReason,
                });
}

TEST_CASE("plain: that a stage's workers can be started again is told once, when the snapshots have no such problem") {
  Refusals refusals;
  refusals.add(refused("work"));
  CHECK(refusals.lines(at(10, {})).empty());  // perhaps older than the event
  CHECK(refusals.lines(at(10.2, {"work"})).empty());
  for (int i = 0; i < 51; ++i) refusals.add(refused("work", "clone worker: Resource (this user may have 7)"));

  const auto lines = refusals.lines(at(23, {"save"}));

  CHECK(texts(lines) == std::vector<std::string>{"START REFUSED work: no longer, after 52 times in 13s"});
  CHECK(lines.at(0).event == "start_refused");
  const auto members = nlohmann::json::parse("{" + lines.at(0).members + "}");
  CHECK(members["stage"] == "work");
  CHECK(members["times"] == 52);
  CHECK(members["is_over"] == true);
  CHECK(refusals.lines(at(24, {})).empty());
}

TEST_CASE("plain: another reason, or other numbers in it, is no end of it") {
  Refusals refusals;
  refusals.add(refused("work"));
  CHECK(refusals.lines(at(10, {"work"})).empty());
  CHECK(refusals.lines(at(11, {"work"}, "clone worker: Resource temporarily unavailable (this user may have 77)"))
            .empty());
  refusals.add(refused("work", "eventfd worker: Too many open files"));
  CHECK(refusals.lines(at(12, {"work"}, "eventfd worker: Too many open files")).empty());
  CHECK(texts(refusals.lines(at(20.5, {"work"}, "eventfd worker: Too many open files"))) ==
        std::vector<std::string>{"START REFUSED work: still refused (2 times): eventfd worker: Too many open files"});
}

TEST_CASE("plain: what else happens is nothing to it") {
  Refusals refusals;
  refusals.add({1, "2026-01-31T12:00:00.000Z", "restart", "work", 12, "", "slot 1 has a new worker"});
  CHECK(refusals.lines(at(10, {})).empty());
  CHECK(refusals.lines(at(30, {})).empty());
}
