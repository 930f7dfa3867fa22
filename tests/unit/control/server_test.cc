// SPDX-License-Identifier: MIT
#include "engine/control/server.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "control_fixture.h"
#include "engine/control/client.h"
#include "engine/model/snapshot_json.h"

using namespace pooltop;
using namespace pooltop::test;

TEST_CASE("control: the server greets with version, protocol, run and PID") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);

  const json greeting = pump.next(client);

  CHECK(greeting == json{{"pooltop", "0.1.0"}, {"protocol", 1}, {"run", "checksums"}, {"pid", ::getpid()}});
}

TEST_CASE("control: the socket is 0600 and goes with the server") {
  OwnHome home;
  const std::string path = home.file("run.sock");
  {
    Pump pump(home);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("control: a command that acts reaches the handler and its answer the client, with the id") {
  OwnHome home;
  Pump pump(home);
  pump.handler.answer = [](const json& request) { return ordered_json{{"paused", request.at("targets")}}; };
  RawClient client(pump.path);

  const json answer = pump.ask(client, {{"id", "x1"}, {"command", "pause"}, {"targets", {"hash"}}});

  CHECK(answer == json{{"id", "x1"}, {"ok", true}, {"paused", {"hash"}}});
  REQUIRE(pump.handler.requests.size() == 1);
  CHECK(pump.handler.requests[0].at("command") == "pause");
}

TEST_CASE("control: logs reach the handler as tail") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.ask(client, {{"command", "logs"}});
  CHECK(pump.handler.requests.at(0).at("command") == "tail");
}

TEST_CASE("control: a refusal of the handler is answered with its code, an exception as not_possible") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.handler.answer = [](const json&) -> ordered_json { throw ControlError(ErrorCode::StalePid, "another process"); };
  CHECK(pump.ask(client, {{"id", 4}, {"command", "kill"}, {"pids", {7}}}) ==
        json::parse(R"({"id": 4, "error": {"code": "stale_pid", "message": "another process"}})"));
  pump.handler.answer = [](const json&) -> ordered_json { throw std::runtime_error("kill 7: no"); };
  const json answer = pump.ask(client, {{"id", 5}, {"command", "kill"}, {"pids", {7}}});
  CHECK(code_of(answer) == "not_possible");
  CHECK(message_of(answer) == "kill 7: no");
}

TEST_CASE("control: status is one snapshot, through the asked window") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);

  const json answer = pump.ask(client, {{"command", "status"}, {"workers", {{"stage", "hash"}, {"limit", 1}}}});

  CHECK(answer.at("status").at("run") == "checksums");
  CHECK(answer.at("status").at("workers").size() == 1);
  CHECK(answer.at("workers_total") == 2);
}

TEST_CASE("control: a subscriber without delta gets whole status objects at its interval") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  REQUIRE(pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 50}}).at("ok") == true);

  for (int i = 0; i < 3; ++i) {
    const json event = pump.next(client);
    CHECK(event.at("event") == "status");
    CHECK(event.at("status").at("workers").size() == 3);
  }
  CHECK(pump.server.subscribers() == 1);
}

TEST_CASE("control: a delta subscriber gets the whole first, then changes, and its mirror follows") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 50}, {"delta", true}});
  StatusMirror mirror;

  const json first = pump.next(client);
  REQUIRE(first.contains("status"));
  mirror.apply(first);
  pump.handler.now.workers[1].done = 77;
  pump.handler.now.elapsed_s = 10.05;
  const json second = pump.next(client);
  REQUIRE(second.contains("delta"));
  mirror.apply(second);

  CHECK(mirror.snapshot().workers[1].done == 77);
  CHECK(mirror.snapshot().elapsed_s == 10.05);
  CHECK(mirror.workers_total() == 3);
  CHECK(second.dump().size() < 200);
}

TEST_CASE("control: a delta subscriber gets the whole again after a while, and at once when it subscribes again") {
  OwnHome home;
  Pump pump(home, {.full_every = 200 * kMillisecond});
  RawClient client(pump.path);
  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 50}, {"delta", true}});
  CHECK(pump.next(client).contains("status"));
  // However busy the machine is, both come again and again.
  for (const auto* kind : {"delta", "status", "delta", "status"}) {
    int looks = 0;
    while (!pump.next(client).contains(kind) && looks < 1000) ++looks;
    CHECK(looks < 1000);
  }

  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 60000}, {"delta", true}});
  CHECK(pump.next(client).contains("status"));
}

TEST_CASE("control: a subscription that goes on sends no whole status, but the rows that are looked at now") {
  OwnHome home;
  Pump pump(home);
  pump.handler.now = example_snapshot(200);
  RawClient client(pump.path);
  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 50}, {"delta", true}, {"workers", {{"rest_ms", 60000}}}});
  CHECK(pump.next(client).contains("status"));
  pump.handler.now.workers[151].done = 77;
  CHECK_FALSE(pump.next(client).at("delta").contains("workers"));

  const json look = {{"fresh", {"hash.150.4393"}}, {"rest_ms", 60000}};
  REQUIRE(pump.ask(client, {{"command", "subscribe"}, {"continue", true}, {"workers", look}}).contains("ok"));

  const json event = pump.next(client);
  REQUIRE(event.contains("delta"));
  CHECK(event.at("delta").at("workers").at(0).at("done") == 77);
}

TEST_CASE("control: nothing goes on where no deltas were subscribed to") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  CHECK(code_of(pump.ask(client, {{"command", "subscribe"}, {"continue", true}})) == "not_possible");
  CHECK(pump.server.subscribers() == 0);
  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 60000}});
  CHECK(code_of(pump.ask(client, {{"command", "subscribe"}, {"continue", true}})) == "not_possible");
  CHECK(pump.server.subscribers() == 1);
}

TEST_CASE("control: an unsubscribed client is sent nothing more") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.ask(client, {{"command", "subscribe"}, {"interval_ms", 50}});
  pump.ask(client, {{"command", "unsubscribe"}});
  CHECK(pump.server.subscribers() == 0);
  const int before = pump.handler.snapshots;
  RawClient other(pump.path);
  pump.ask(other, {{"command", "subscribe"}, {"interval_ms", 50}});
  pump.until([&] { return pump.handler.snapshots >= before + 3; });
  CHECK_FALSE(client.next());
}

TEST_CASE("control: subscribers that are due together share one snapshot, and nobody watching costs none") {
  OwnHome home;
  Pump pump(home);
  RawClient one(pump.path);
  RawClient two(pump.path);
  pump.ask(one, {{"command", "pause"}});
  pump.ask(two, {{"command", "pause"}});
  CHECK(pump.handler.snapshots == 0);
}

TEST_CASE("control: a waiter is answered when the run ends, a subscriber is told, and both are closed") {
  OwnHome home;
  Pump pump(home);
  RawClient waiter(pump.path);
  RawClient watcher(pump.path);
  waiter.say({{"id", 9}, {"command", "wait"}});
  pump.ask(watcher, {{"command", "subscribe"}, {"interval_ms", 60000}});
  pump.until([&] { return watcher.next().has_value(); });
  Snapshot last = example_snapshot(0);
  last.state = RunState::Done;
  last.exit_status = 1;

  const Nanos began = monotonic_now();
  pump.server.finish(last);

  CHECK(monotonic_now() - began < kSecond / 2);
  REQUIRE(waiter.next().value().contains("pooltop"));
  const json answer = waiter.next().value();
  CHECK(answer.at("id") == 9);
  CHECK(answer.at("status").at("exit_status") == 1);
  CHECK(waiter.closed());
  const json event = watcher.next().value();
  CHECK(event.at("event") == "ended");
  CHECK(event.at("status").at("state") == "done");
  CHECK(watcher.closed());
  CHECK_FALSE(std::filesystem::exists(pump.path));
  pump.server.serve(pump.handler);  // harmless
}

TEST_CASE("control: a command that comes when the run has ended is refused with ended") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.next(client);
  client.say({{"id", 2}, {"command", "stop"}});
  pump.server.finish(example_snapshot(0));
  CHECK(code_of(client.next().value()) == "ended");
  CHECK(pump.handler.requests.empty());
}

TEST_CASE("control: the end waits at most one second for clients that do not read") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.handler.answer = [](const json&) { return ordered_json{{"text", std::string(1'000'000, 'x')}}; };
  client.say({{"command", "peek"}, {"stage", "hash"}});
  pump.until([&] { return !pump.handler.requests.empty(); });

  const Nanos began = monotonic_now();
  pump.server.finish(example_snapshot(0));

  CHECK(monotonic_now() - began < 1500 * kMillisecond);
  CHECK(monotonic_now() - began >= 900 * kMillisecond);
}

TEST_CASE("control: a client that said it only watches may look but not act") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.ask(client, {{"command", "read_only"}});
  CHECK(code_of(pump.ask(client, {{"command", "stop"}})) == "read_only");
  CHECK(code_of(pump.ask(client, {{"command", "failed"}, {"retry", true}})) == "read_only");
  CHECK(pump.ask(client, {{"command", "failed"}}).at("ok") == true);
  CHECK(pump.ask(client, {{"command", "status"}}).at("ok") == true);
}

TEST_CASE("control: a client that stops sending still gets its answers, then is closed") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  client.send("{\"id\":1,\"command\":\"status\"}\n{\"id\":2,\"command\":\"pause\"}\n");
  client.stop_sending();
  pump.next(client);
  CHECK(pump.next(client).at("id") == 1);
  CHECK(pump.next(client).at("id") == 2);
  CHECK(pump.until([&] { return client.closed(); }));
  CHECK(pump.server.clients() == 0);
}

TEST_CASE("control: a command sent by a client that left at once is done all the same") {
  OwnHome home;
  Pump pump(home);
  { RawClient(pump.path).say({{"command", "pause"}}); }
  CHECK(pump.until([&] { return pump.handler.requests.size() == 1 && pump.server.clients() == 0; }));
}

TEST_CASE("control: a second engine is refused on a live socket, and takes over a dead one's") {
  OwnHome home;
  const std::string path = home.file("run.sock");
  {
    Pump pump(home);
    CHECK_THROWS_WITH_AS(Server({.socket_path = path, .run = "r", .version = "1"}),
                         doctest::Contains("another engine listens"), ControlError);
    CHECK(std::filesystem::exists(path));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  {
    Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(std::filesystem::exists(path));
  Pump pump(home);
  RawClient client(pump.path);
  CHECK(pump.next(client).at("run") == "checksums");
}

TEST_CASE("control: what is no socket is not removed to make room for one") {
  OwnHome home;
  const std::string path = home.file("run.sock");
  { Fd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
  CHECK_THROWS_WITH_AS(Pump{home}, doctest::Contains("no socket"), ControlError);
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("control: a directory that is open to others, or a link, is no place for a socket") {
  OwnHome home;
  const std::string open_dir = home.file("open");
  std::filesystem::create_directory(open_dir);
  ::chmod(open_dir.c_str(), 0755);
  CHECK_THROWS_WITH(Server({.socket_path = open_dir + "/a.sock", .run = "r", .version = "1"}),
                    doctest::Contains("is open to others (mode 0755)"));
  ::chmod(open_dir.c_str(), 0700);
  std::filesystem::create_directory_symlink(open_dir, home.file("link"));
  CHECK_THROWS_WITH(Server({.socket_path = home.file("link") + "/a.sock", .run = "r", .version = "1"}),
                    doctest::Contains("is a link"));
}

TEST_CASE("control: a socket path that is too long is refused by name") {
  OwnHome home;
  CHECK_THROWS_WITH_AS(Server({.socket_path = home.file(std::string(108, 'x')), .run = "r", .version = "1"}),
                       doctest::Contains("a socket's may have 107"), ControlError);
}

TEST_CASE("control: a subscriber that wants to know is told what other clients do, and not what it does itself") {
  OwnHome home;
  Pump pump(home);
  pump.handler.answer = [](const json& request) -> ordered_json {
    if (request.at("command") == "resume") throw ControlError(ErrorCode::NotPossible, "no");
    return ordered_json::object();
  };
  RawClient watcher(pump.path);
  RawClient other(pump.path);
  pump.ask(watcher, {{"command", "subscribe"}, {"interval_ms", 60000}, {"commands", true}});
  pump.next(watcher);  // the status

  pump.ask(watcher, {{"command", "pause"}});
  pump.ask(other, {{"id", 7}, {"command", "peek"}, {"stage", "hash"}});
  pump.ask(other, {{"id", 8}, {"command", "resume"}});  // refused: it was not done
  pump.ask(other, {{"id", 9}, {"command", "pause"}, {"targets", {"hash"}}});

  CHECK(pump.next(watcher) ==
        json{{"event", "command"}, {"pid", ::getpid()}, {"request", {{"command", "pause"}, {"targets", {"hash"}}}}});
}
