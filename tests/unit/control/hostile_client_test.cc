// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <memory>
#include <random>

#include "control_fixture.h"

using namespace pooltop;
using namespace pooltop::test;

TEST_CASE("control: lines that are no requests are refused and the connection goes on") {
  OwnHome home;
  Pump pump(home);
  RawClient client(pump.path);
  pump.next(client);
  for (const std::string& line :
       {std::string("rubbish"), std::string("\0\0\0", 3), std::string(), std::string("{\"a\":"),
        std::string("\xff\xfe{}"), std::string("[]"), std::string("{\"command\":[]}")}) {
    INFO(line);
    client.send(line + "\n");
    const json answer = pump.next(client);
    CHECK(answer.at("id").is_null());
    CHECK(code_of(answer) == "bad_request");
  }
  CHECK(pump.ask(client, {{"command", "status"}}).at("ok") == true);
  CHECK(pump.handler.requests.empty());
}

TEST_CASE("control: a frame of 64 KiB is read, a longer one is refused and ends the connection") {
  OwnHome home;
  Pump pump(home);
  RawClient fits(pump.path);
  pump.next(fits);
  std::string line = R"({"command":"tail","cursor":")" + std::string(65536, 'x') + "\"}\n";
  line.erase(30, line.size() - 65536);
  fits.send(line);
  CHECK(pump.next(fits).at("ok") == true);

  RawClient over(pump.path);
  pump.next(over);
  over.send(std::string(65536, 'x'));
  CHECK(code_of(pump.next(over)) == "too_large");
  CHECK(pump.until([&] { return over.closed(); }));
}

TEST_CASE("control: a client that dies in a frame is let go of") {
  OwnHome home;
  Pump pump(home);
  {
    RawClient client(pump.path);
    client.send(R"({"command": "sto)");
    pump.until([&] { return pump.server.clients() == 1; });
  }
  CHECK(pump.until([&] { return pump.server.clients() == 0; }));
  CHECK(pump.handler.requests.empty());
}

TEST_CASE("control: the thirty-third client is refused with a line, and has a place when another leaves") {
  OwnHome home;
  Pump pump(home);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(std::make_unique<RawClient>(pump.path));
  pump.until([&] { return pump.server.clients() == 32; });
  RawClient refused(pump.path);
  CHECK(code_of(pump.next(refused)) == "too_many_clients");
  CHECK(pump.until([&] { return refused.closed(); }));

  clients.pop_back();
  pump.until([&] { return pump.server.clients() == 31; });
  RawClient welcome(pump.path);
  CHECK(pump.next(welcome).contains("pooltop"));
}

TEST_CASE("control: a thousand clients that come at once leave the first thirty-two served") {
  OwnHome home;
  Pump pump(home);
  RawClient first(pump.path);
  pump.next(first);
  for (int i = 0; i < 1000; ++i) {
    RawClient client(pump.path);
    static_cast<void>(pump.next(client));  // greeted or refused: both are answers
  }
  std::vector<std::unique_ptr<RawClient>> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(std::make_unique<RawClient>(pump.path));
    pump.server.serve(pump.handler);
  }
  CHECK(pump.server.clients() == 32);
  CHECK(pump.ask(first, {{"command", "status"}}).at("ok") == true);
}

TEST_CASE("control: more than a hundred commands in a second are refused, many more wait, none is lost") {
  OwnHome home;
  Pump pump(home, {.commands_per_s = 20});
  RawClient client(pump.path);
  pump.next(client);
  std::string burst;
  for (int i = 0; i < 70; ++i) burst += json{{"id", i}, {"command", "pause"}}.dump() + "\n";
  client.send(burst);

  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 70; ++i) {
    const json answer = pump.next(client);
    CHECK(answer.at("id") == i);
    if (answer.contains("ok")) {
      ++accepted;
    } else {
      CHECK(code_of(answer) == "rate_limited");
      ++refused;
    }
  }
  CHECK(accepted == 40);  // of two seconds
  CHECK(refused == 30);
  CHECK(pump.handler.requests.size() == 40);
}

TEST_CASE("control: a client that floods rests without keeping the engine busy") {
  OwnHome home;
  Pump pump(home, {.received_bytes_per_s = 32 * 1024});
  RawClient flood(pump.path);
  const std::string line = R"({"command":"tail","cursor":")" + std::string(8000, 'x') + "\"}\n";
  for (int i = 0; i < 20; ++i) flood.send(line);
  const Nanos began = monotonic_now();
  pump.until([&] { return pump.handler.requests.size() >= 12; });

  CHECK(monotonic_now() - began > kSecond);  // three times 32 KiB need two rests
  CHECK(pump.served < 200);
}

TEST_CASE("control: a held client that leaves does not make the poll descriptor ready without end") {
  OwnHome home;
  Pump pump(home, {.received_bytes_per_s = 1});
  {
    RawClient client(pump.path);
    client.send("{\"command\":\"pause\"}\n");
    pump.until([&] { return pump.server.clients() == 1 && pump.served > 1; });
  }
  const int before = pump.served;
  CHECK(pump.until([&] { return pump.server.clients() == 0; }));
  CHECK(pump.served - before < 20);
  CHECK(pump.handler.requests.size() == 1);
}

TEST_CASE("control: a subscriber that never reads is skipped, then dropped, and others go on") {
  OwnHome home;
  Pump pump(home, {.unread = kSecond});
  pump.handler.now = example_snapshot(1000);
  RawClient sleeper(pump.path);
  sleeper.say({{"command", "subscribe"}, {"interval_ms", 50}});
  RawClient reader(pump.path);
  pump.ask(reader, {{"command", "subscribe"}, {"interval_ms", 50}, {"delta", true}});
  CHECK(pump.until([&] { return pump.server.subscribers() == 2; }));

  const Nanos began = monotonic_now();
  CHECK(pump.until([&] {
    reader.next();
    return pump.server.clients() == 1;
  }));
  CHECK(monotonic_now() - began < 5 * kSecond);
  CHECK(pump.next(reader).at("event") == "status");
}

TEST_CASE("control: a frame is not added to one that is unread: the newest comes when it has been read") {
  OwnHome home;
  Pump pump(home);
  pump.handler.now = example_snapshot(1500);
  RawClient slow(pump.path);
  slow.say({{"command", "subscribe"}, {"interval_ms", 50}});
  RawClient clock(pump.path);
  pump.ask(clock, {{"command", "subscribe"}, {"interval_ms", 100}, {"delta", true}, {"workers", {{"limit", 0}}}});
  int ticks = 0;
  pump.until([&] {
    if (clock.next()) ++ticks;
    return ticks >= 6;
  });
  pump.handler.now.elapsed_s = 99;

  pump.next(slow);  // greeting
  pump.next(slow);  // answer
  CHECK(pump.next(slow).at("status").at("elapsed_s") == 10);
  int stale = 0;
  for (json frame = pump.next(slow); frame.at("status").at("elapsed_s") != 99; frame = pump.next(slow)) ++stale;
  CHECK(stale <= 1);
}

TEST_CASE("control: a client that asks and never reads the answers is dropped") {
  OwnHome home;
  Pump pump(home, {.unsent_bytes = 512 * 1024});
  pump.handler.answer = [](const json&) { return ordered_json{{"text", std::string(200'000, 'x')}}; };
  RawClient client(pump.path);
  for (int i = 0; i < 30; ++i) client.say({{"command", "peek"}, {"stage", "hash"}});
  const Nanos began = monotonic_now();
  CHECK(pump.until([&] { return !pump.handler.requests.empty() && pump.server.clients() == 0; }));
  CHECK(monotonic_now() - began < 2 * kSecond);
}

TEST_CASE("control: one answer larger than the limit of unsent bytes is delivered") {
  OwnHome home;
  Pump pump(home, {.unsent_bytes = 64 * 1024});
  pump.handler.answer = [](const json&) { return ordered_json{{"text", std::string(3'000'000, 'x')}}; };
  RawClient client(pump.path);
  CHECK(pump.ask(client, {{"command", "peek"}, {"stage", "hash"}}).at("text").get<std::string>().size() == 3'000'000);
}

TEST_CASE("control: without descriptors left the listener rests, and accepts when there are some again") {
  OwnHome home;
  Pump pump(home);
  RawClient waiting(pump.path);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const Fd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const rlimit none{.rlim_cur = static_cast<rlim_t>(lowest.get()), .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 5; ++i) pump.server.serve(pump.handler);
  pollfd entry{.fd = pump.server.poll_fd(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&entry, 1, 0) == 0);
  CHECK(pump.server.clients() == 0);

  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(pump.next(waiting).contains("pooltop"));
}

TEST_CASE("control: a connection of another user is closed without a word") {
  if (::geteuid() != 0) {
    MESSAGE("left out: only root can be somebody else");
    return;
  }
  OwnHome home;
  Pump pump(home);
  ::chmod(home.path().c_str(), 0777);  // opened by hand, as a careless user might
  ::chmod(pump.path.c_str(), 0777);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    char result = '?';
    try {
      RawClient client(pump.path);
      char byte = 0;
      pollfd entry{.fd = client.fd(), .events = POLLIN, .revents = 0};
      ::poll(&entry, 1, 5000);
      result = ::recv(client.fd(), &byte, 1, 0) == 0 ? 'c' : 'r';
    } catch (const std::exception&) {
      result = 'e';
    }
    (void)!::write(ends[1], &result, 1);
    ::_exit(0);
  }
  ::close(ends[1]);
  char result = 0;
  pump.until([&] {
    pollfd entry{.fd = ends[0], .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1 && ::read(ends[0], &result, 1) == 1;
  });
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  CHECK(result == 'c');
  CHECK(pump.server.clients() == 0);
}

TEST_CASE("control: random bytes never stop the server") {
  OwnHome home;
  Pump pump(home);
  std::mt19937 random(7);
  const std::string alphabet = "{}[]\":,\\\n\n truefalsenull0123456789eE+-.commandidstatus\x01\xff";
  for (int round = 0; round < 60; ++round) {
    RawClient client(pump.path);
    std::string bytes;
    for (std::size_t i = 0; i < 2000; ++i) bytes += alphabet[random() % alphabet.size()];
    client.send(bytes);
    client.stop_sending();
    REQUIRE(pump.until([&] { return client.closed(); }));
  }
  RawClient client(pump.path);
  CHECK(pump.ask(client, {{"command", "status"}}).at("ok") == true);
}
