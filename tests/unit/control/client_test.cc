// SPDX-License-Identifier: MIT
#include "engine/control/client.h"

#include <doctest/doctest.h>

#include "control_fixture.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

Nanos soon() { return monotonic_now() + 5 * kSecond; }

// The code of the ControlError that `action` throws.
template <typename Action>
std::optional<ErrorCode> code_thrown(Action action) {
  try {
    action();
  } catch (const ControlError& error) {
    return error.code();
  }
  return std::nullopt;
}

std::optional<json> next_within(Client& client, int milliseconds) {
  const Nanos deadline = monotonic_now() + milliseconds * kMillisecond;
  for (;;) {
    if (auto message = client.next()) return message;
    if (monotonic_now() > deadline) return std::nullopt;
    pollfd entry{.fd = client.fd(), .events = POLLIN, .revents = 0};
    ::poll(&entry, 1, 20);
  }
}

// A server that says just one thing.
class Parrot {
 public:
  Parrot(const OwnHome& home, std::string line) : path(home.file("parrot.sock")), line_(std::move(line)) {
    socket_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind", path);
    check(::listen(socket_.get(), 1), "listen", path);
    thread_ = std::thread([this] {
      const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      (void)!::send(client.get(), line_.data(), line_.size(), MSG_NOSIGNAL);
      char byte;
      (void)!::recv(client.get(), &byte, 1, 0);
    });
  }
  ~Parrot() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string path;

 private:
  std::string line_;
  Fd socket_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("control: a client connects, reads the greeting and gets answers") {
  OwnHome home;
  EngineThread engine(home);
  engine.handler.answer = [](const json&) { return ordered_json{{"paused", 4}}; };

  Client client = Client::connect(engine.path);

  CHECK(client.greeting().run == "checksums");
  CHECK(client.greeting().protocol == 1);
  CHECK(client.greeting().pid == ::getpid());
  CHECK(client.request("pause", {{"targets", {"hash"}}}, soon()).at("paused") == 4);
  CHECK(client.request("status", nullptr, soon()).at("status").at("run") == "checksums");
}

TEST_CASE("control: a refusal is thrown with its code") {
  OwnHome home;
  EngineThread engine(home);
  engine.handler.answer = [](const json&) -> ordered_json {
    throw ControlError(ErrorCode::NoSuchTarget, "no stage x");
  };
  Client client = Client::connect(engine.path);
  CHECK(code_thrown([&] { client.request("pause", {{"targets", {"x"}}}, soon()); }) == ErrorCode::NoSuchTarget);
  CHECK(code_thrown([&] { client.request("nonsense", nullptr, soon()); }) == ErrorCode::BadRequest);
  CHECK(client.request("status", nullptr, soon()).at("ok") == true);
}

TEST_CASE("control: events that arrive while a client waits for an answer are kept in order") {
  OwnHome home;
  EngineThread engine(home);
  Client client = Client::connect(engine.path);
  client.send({{"command", "subscribe"}, {"interval_ms", 50}});
  StatusMirror mirror;
  client.request("pause", nullptr, soon());

  const json answer = next_within(client, 5000).value();
  CHECK(answer.at("ok") == true);
  CHECK(mirror.apply(next_within(client, 5000).value()));
  CHECK(mirror.snapshot().workers.size() == 3);
  CHECK_FALSE(mirror.apply(answer));
}

TEST_CASE("control: the rows of a whole status are read one by one, and make the same snapshot") {
  OwnHome home;
  EngineThread engine(home);
  Client client = Client::connect(engine.path);
  client.send({{"command", "subscribe"}, {"interval_ms", 50}, {"delta", true}});
  std::vector<WorkerStatus> rows;
  std::optional<json> message;
  for (const Nanos deadline = soon(); monotonic_now() < deadline;) {
    message = client.next(rows);
    if (message && message->contains("status")) break;
    if (!message) ::poll(nullptr, 0, 1);
  }
  REQUIRE(message.has_value());
  CHECK((*message)["status"]["workers"].empty());
  CHECK(rows.size() == 3);
  StatusMirror mirror;
  CHECK(mirror.apply(*message, rows));
  CHECK(mirror.snapshot().workers == example_snapshot().workers);
  CHECK(mirror.snapshot().run == "checksums");
}

TEST_CASE("control: wait answers when the run ends, and then the connection is over") {
  OwnHome home;
  EngineThread engine(home);
  engine.last.exit_status = 130;
  Client client = Client::connect(engine.path);
  client.send({{"id", 1}, {"command", "wait"}});
  client.request("status", nullptr, soon());
  engine.end();

  CHECK(next_within(client, 5000).value().at("status").at("exit_status") == 130);
  CHECK(code_thrown([&] { next_within(client, 5000); }) == ErrorCode::Disconnected);
  CHECK(code_thrown([&] { client.request("status", nullptr, soon()); }) == ErrorCode::Disconnected);
}

TEST_CASE("control: without an engine a client is told that nobody listens") {
  OwnHome home;
  CHECK(code_thrown([&] { (void)Client::connect(home.file("none.sock")); }) == ErrorCode::Disconnected);
  CHECK(code_thrown([&] { (void)Client::connect(home.file(std::string(200, 'x'))); }) == ErrorCode::Disconnected);
}

TEST_CASE("control: a client that is one too many says so") {
  OwnHome home;
  EngineThread engine(home);
  std::vector<Client> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(Client::connect(engine.path));
  CHECK(code_thrown([&] { (void)Client::connect(engine.path); }) == ErrorCode::TooManyClients);
}

TEST_CASE("control: a request above the limit is refused before it is sent") {
  OwnHome home;
  EngineThread engine(home);
  Client client = Client::connect(engine.path);
  const ordered_json params = {{"cursor", std::string(70'000, 'x')}};
  CHECK(code_thrown([&] { client.request("tail", params, soon()); }) == ErrorCode::TooLarge);
  CHECK(client.request("status", nullptr, soon()).at("ok") == true);
}

TEST_CASE("control: an engine that does not answer in time is given up on") {
  OwnHome home;
  EngineThread engine(home);
  Client client = Client::connect(engine.path);
  const Nanos began = monotonic_now();
  CHECK(code_thrown([&] { client.request("wait", nullptr, began + 100 * kMillisecond); }) == ErrorCode::TimedOut);
  CHECK(monotonic_now() - began < 2 * kSecond);
}

TEST_CASE("control: who is no pooltop engine, or a newer one, is refused") {
  OwnHome home;
  SUBCASE("not JSON") {
    Parrot parrot(home, "220 mail.example.org ESMTP\n");
    CHECK(code_thrown([&] { (void)Client::connect(parrot.path); }) == ErrorCode::Disconnected);
  }
  SUBCASE("another greeting") {
    Parrot parrot(home, "{\"hello\": 1}\n");
    CHECK(code_thrown([&] { (void)Client::connect(parrot.path); }) == ErrorCode::Disconnected);
  }
  SUBCASE("another protocol") {
    Parrot parrot(home, "{\"pooltop\": \"9\", \"protocol\": 2, \"run\": \"r\"}\n");
    CHECK(code_thrown([&] { (void)Client::connect(parrot.path); }) == ErrorCode::NotPossible);
  }
  SUBCASE("silence") {
    Parrot parrot(home, "");
    const Nanos deadline = monotonic_now() + 100 * kMillisecond;
    CHECK(code_thrown([&] { (void)Client::connect(parrot.path, deadline); }) == ErrorCode::TimedOut);
  }
}
