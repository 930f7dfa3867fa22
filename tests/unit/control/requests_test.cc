// SPDX-License-Identifier: MIT
#include "engine/control/requests.h"

#include <doctest/doctest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "engine/control/control_error.h"

using namespace pooltop;
using nlohmann::json;

namespace {

// What a line is refused with; empty if it is accepted.
std::string refusal(std::string_view line) {
  try {
    json request = parse_request(line);
    check_request(request);
  } catch (const ControlError& error) {
    CHECK(error.code() == ErrorCode::BadRequest);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("control: every command of the protocol is accepted with all its keys") {
  for (
      const char* line : {
          R"({"id": 1, "command": "status", "workers": {"stage": "hash", "sort": "slot", "offset": 0, "limit": 40}})",
          R"({"command": "subscribe", "interval_ms": 50, "workers": {"stage": null, "reverse": true}, "delta": true})",
          R"({"id": "a", "command": "unsubscribe"})",
          R"({"command": "wait", "protocol": 1})",
          R"({"command": "read_only"})",
          R"({"command": "pause"})",
          R"({"command": "pause", "targets": ["hash", 4242, {"pid": 7, "started_at": "x"}], "after_item": true})",
          R"({"command": "resume", "targets": [4242], "started_at": "2026-01-31T12:00:00Z"})",
          R"({"command": "kill", "pids": [4242], "signal": "TERM", "item": "fail", "started_at": "x"})",
          R"({"command": "restart", "targets": ["hash"], "now": true})",
          R"({"command": "scale", "stage": "hash", "workers": 4096})",
          R"({"command": "stop", "now": false})",
          R"({"command": "failed", "retry": true, "ids": ["1", "2.0"], "stage": "hash", "offset": 0, "limit": 10, "match": "a b"})",
          R"({"command": "tail", "stage": "hash", "pid": 4242, "lines": 10, "cursor": ";"})",
          R"({"command": "logs"})",
          R"({"command": "attach", "delta": true})",
          R"({"command": "kill", "targets": [{"pid": 7, "started_at": "x"}]})",
          R"({"command": "peek", "stage": "hash", "count": 20})",
          R"({"command": "events", "after": 12})",
          R"({"command": "inspect", "pid": 4242, "started_at": "2026-01-31T12:00:00Z"})",
          R"({"command": "item", "stage": "hash", "item_id": "urls:17.2"})",
          R"({"command": "retrying", "stage": "hash", "offset": 0, "limit": 10, "match": "a b"})",
          R"({"command": "fail", "stage": "hash", "ids": ["17"], "kill": true})",
          R"({"command": "set", "stage": "hash", "key": "timeout", "value": "30s"})",
          R"({"command": "set", "stage": "hash", "key": "timeout", "value": null, "drop": false})",
          R"({"command": "set", "changes": [{"stage": "hash", "key": "workers", "value": 8}]})",
          R"({"command": "set", "drop": true})",
          R"({"command": "settings"})",
      }) {
    INFO(line);
    CHECK(refusal(line) == "");
  }
}

TEST_CASE("control: a request that is none is refused with what is wrong and what is accepted") {
  CHECK(refusal("") == "byte 1: not JSON; a request is one JSON object on one line");
  CHECK(refusal(R"({"id": 1e400})") == "a number in it is too large for a double");
  CHECK(refusal("{") == "byte 2: not JSON; a request is one JSON object on one line");
  CHECK(refusal("[1]") == "a request is a JSON object, got array");
  CHECK(refusal("{}") == "/command: is missing");
  CHECK(refusal(R"({"command": 1})") == "/command: must be a text, got 1");
  CHECK(refusal(R"({"command": "puase"})") == "/command: unknown command \"puase\"; did you mean \"pause\"?");
  CHECK(refusal(R"({"command": "zzzzzzzz"})").starts_with("/command: unknown command \"zzzzzzzz\"; known: status, "));
  CHECK(refusal(R"({"command": "stop", "nwo": true})") == "stop: /nwo: unknown key; did you mean \"now\"?");
  CHECK(refusal(R"({"command": "wait", "x": 1})") == "wait: /x: unknown key; this command has none");
  CHECK(refusal(R"({"command": "stop", "now": 1})") == "stop: /now: must be true or false, got 1");
  CHECK(refusal(R"({"command": "stop", "protocol": 2})") == "/protocol: must be 1, got 2");
  CHECK(refusal(R"({"command": "stop", "id": {}})") == "/id: must be a number or a text");
}

TEST_CASE("control: values out of range are refused with the range") {
  CHECK(refusal(R"({"command": "scale", "stage": "a", "workers": 1000000000})") ==
        "scale: /workers: must be a whole number of 1 to 4096, got 1000000000");
  CHECK(refusal(R"({"command": "scale", "stage": "a", "workers": 0})").find("1 to 4096, got 0") != std::string::npos);
  CHECK(refusal(R"({"command": "scale", "stage": "a", "workers": -1})").find("got -1") != std::string::npos);
  CHECK(refusal(R"({"command": "scale", "stage": "a", "workers": 1.5})").find("got 1.5") != std::string::npos);
  CHECK(refusal(R"({"command": "scale", "stage": "a", "workers": 18446744073709551615})").find("must be") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "scale", "workers": 1})") == "scale: /stage: is missing");
  CHECK(refusal(R"({"command": "subscribe", "interval_ms": 49})").find("50 to 60000") != std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "workers": {"sort": "colour"}})").find("one of slot, pid") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "workers": {"ofset": 1}})").find("did you mean \"offset\"?") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "workers": {"fresh": "hash.0.1"}})").find("a list of row keys") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "workers": {"fresh": [7]}})").find("a list of row keys") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "workers": {"rest_ms": 49}})").find("50 to 60000") != std::string::npos);
  CHECK(refusal(R"({"command": "subscribe", "continue": 1})").find("true or false") != std::string::npos);
  CHECK(refusal(R"({"command": "status", "workers": {"rest_ms": 100}})").find("unknown key") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": []})") == "kill: /pids: must be a list of at least one PID, got []");
  CHECK(refusal(R"({"command": "kill"})") == "kill: /pids: is missing");
  CHECK(refusal(R"({"command": "kill", "targets": ["hash"]})").find("at least one PID") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": [0]})").find("/pids") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": [-1]})").find("/pids") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": ["hash"]})").find("/pids") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": [7], "signal": "STOP"})").find("KILL, TERM") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": [7], "signal": 9})").find("a signal") != std::string::npos);
  CHECK(refusal(R"({"command": "kill", "pids": [7], "item": "drop"})").find("\"requeue\" or \"fail\"") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "fail", "stage": "hash", "ids": []})") ==
        "fail: /ids: must be a list of at least one item id (a text), got []");
  CHECK(refusal(R"({"command": "fail", "ids": ["1"]})") == "fail: /stage: is missing");
  CHECK(refusal(R"({"command": "item", "stage": "hash", "item_id": 17})") == "item: /item_id: must be a text, got 17");
  CHECK(refusal(R"({"command": "pause", "targets": [{"pid": 7, "sarted_at": "x"}]})").find("/targets") !=
        std::string::npos);
}

TEST_CASE("control: a set that does not say exactly one thing is refused") {
  const std::string forms = "set: it has either \"stage\", \"key\" and \"value\", or \"changes\", or \"drop\": true";
  CHECK(refusal(R"({"command": "set"})") == forms);
  CHECK(refusal(R"({"command": "set", "drop": false})") == forms);
  CHECK(refusal(R"({"command": "set", "drop": true, "stage": "a"})") == forms);
  CHECK(refusal(R"({"command": "set", "stage": "a", "key": "rate"})") == "set: /value: is missing");
  CHECK(refusal(R"({"command": "set", "key": "rate", "value": 1})") == "set: /stage: is missing");
  CHECK(refusal(R"({"command": "set", "stage": "a", "key": "rate", "value": {}})") ==
        "set: /value: must be a number, a text or null, got {}");
  CHECK(refusal(R"({"command": "set", "changes": []})").find("at least one {") != std::string::npos);
  CHECK(refusal(R"({"command": "set", "changes": [{"stage": "a", "key": "rate"}]})").find("/0/value: is missing") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "set", "changes": [{"stage": "a", "kye": "rate", "value": 1}]})")
            .find("/0/kye: unknown") != std::string::npos);
}

TEST_CASE("control: a start time without exactly one PID is refused") {
  CHECK(refusal(R"({"command": "kill", "pids": [7, 8], "started_at": "x"})").find("exactly one PID") !=
        std::string::npos);
  CHECK(refusal(R"({"command": "pause", "targets": ["hash"], "started_at": "x"})").find("exactly one PID") !=
        std::string::npos);
}

TEST_CASE("control: a request nested deeper than eight is refused before it is built") {
  CHECK(refusal(std::string(60000, '[')) == "nested deeper than 8");
}

TEST_CASE("control: what a client sent is shown escaped in the refusal") {
  CHECK(refusal("{\"command\": \"\\u001b[31m\"}").find("\\x1b[31m") != std::string::npos);
}

TEST_CASE("control: targets are stages, PIDs and PIDs with their start time") {
  const auto targets = targets_of(json::parse(R"({"targets": ["hash", 4242, {"pid": 7, "started_at": "then"}]})"));
  REQUIRE(targets.size() == 3);
  CHECK(targets[0].stage == "hash");
  CHECK(targets[1].pid == 4242);
  CHECK(targets[1].started_at == "");
  CHECK(targets[2].pid == 7);
  CHECK(targets[2].started_at == "then");
  CHECK(targets_of(json::parse(R"({"pids": [7], "started_at": "then"})")).at(0).started_at == "then");
  CHECK(targets_of(json::object()).empty());
  const auto inspected = targets_of(json::parse(R"({"command": "inspect", "pid": 7, "started_at": "then"})"));
  REQUIRE(inspected.size() == 1);
  CHECK(inspected[0].pid == 7);
  CHECK(inspected[0].started_at == "then");
}

TEST_CASE("control: only commands that change the run are acting") {
  CHECK(is_acting({{"command", "pause"}}));
  CHECK(is_acting({{"command", "stop"}}));
  CHECK(is_acting({{"command", "failed"}, {"retry", true}}));
  CHECK_FALSE(is_acting({{"command", "failed"}}));
  CHECK_FALSE(is_acting({{"command", "tail"}}));
  CHECK(is_acting({{"command", "fail"}}));
  CHECK_FALSE(is_acting({{"command", "item"}}));
  CHECK_FALSE(is_acting({{"command", "retrying"}}));
  CHECK(is_acting({{"command", "set"}, {"drop", true}}));
  CHECK_FALSE(is_acting({{"command", "settings"}}));
  CHECK_FALSE(is_acting({{"command", "status"}}));
}

TEST_CASE("control: signals go by name, with or without SIG") {
  CHECK(signal_named("KILL") == SIGKILL);
  CHECK(signal_named("SIGTERM") == SIGTERM);
  CHECK_FALSE(signal_named("CONT"));
  CHECK_FALSE(signal_named("9"));
  CHECK(signal_of(json::object()) == SIGKILL);
}

TEST_CASE("control: every error code has its own name") {
  for (const auto& row : kErrorCodes) CHECK(error_code_named(name_of(row.code)) == row.code);
  CHECK_FALSE(error_code_named("oops"));
}
