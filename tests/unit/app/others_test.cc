// SPDX-License-Identifier: MIT
#include "tui/app/others.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace pooltop {
namespace {

std::string line(const char* request) {
  return others_act({{"event", "command"}, {"pid", 5123}, {"request", nlohmann::json::parse(request)}}).command;
}

}  // namespace

TEST_CASE("app: what another client asked for is told as the command line that does the same") {
  CHECK(line(R"({"command": "pause"})") == "pause");
  CHECK(line(R"({"command": "pause", "targets": ["hash", 4242], "after_item": true})") ==
        "pause hash 4242 --after-item");
  CHECK(line(R"({"command": "resume", "targets": [{"pid": 4242, "started_at": "2026-01-31T12:00:00Z"}]})") ==
        "resume 4242");
  CHECK(line(R"({"command": "kill", "pids": [4242], "signal": "TERM", "item": "fail"})") ==
        "kill 4242 --signal TERM --item fail");
  CHECK(line(R"({"command": "kill", "pids": [4242], "signal": "KILL", "item": "requeue"})") == "kill 4242");
  CHECK(line(R"({"command": "restart", "targets": ["hash"], "now": true})") == "restart hash --now");
  CHECK(line(R"({"command": "scale", "stage": "hash", "workers": 8})") == "scale hash 8");
  CHECK(line(R"({"command": "stop", "now": true})") == "stop --now");
  CHECK(line(R"({"command": "set", "stage": "fetch", "key": "timeout", "value": "30s"})") == "set fetch.timeout=30s");
  CHECK(line(R"({"command": "set", "changes": [{"stage": "a", "key": "rate", "value": null},
                                               {"stage": "b", "key": "retries", "value": 5}]})") ==
        "set a.rate=null b.retries=5");
  CHECK(line(R"({"command": "set", "drop": true})") == "set --drop");
  CHECK(line(R"({"command": "failed", "retry": true, "stage": "hash", "ids": ["7", "8"]})") ==
        "failed hash 7 8 --retry");
  CHECK(line(R"({"command": "fail", "stage": "hash", "ids": ["7"], "kill": true})") == "fail hash 7 --kill");
}

TEST_CASE("app: of a long list of targets the first are told, and nothing that could reach the terminal as it is") {
  nlohmann::json request{{"command", "fail"}, {"stage", "\x1b[2J"}, {"ids", nlohmann::json::array()}};
  for (int i = 0; i < 1000; ++i) request["ids"].push_back(std::to_string(i));
  const std::string text = line(request.dump().c_str());
  CHECK(text.size() < 200);
  CHECK(text.ends_with(" 18 19 ..."));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("app: what is no request is refused, not guessed") {
  CHECK_THROWS_AS((void)others_act({{"event", "command"}}), nlohmann::json::exception);
  CHECK_THROWS_AS((void)line(R"({"command": 7})"), nlohmann::json::exception);
  CHECK_THROWS_AS((void)line(R"({"command": "kill", "signal": 9})"), nlohmann::json::exception);
}

}  // namespace pooltop
