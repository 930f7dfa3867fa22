// SPDX-License-Identifier: MIT
#include "tui/app/engine_link.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/control/control_error.h"
#include "tui/app/monitor.h"

namespace pooltop {
namespace {

constexpr const char* kGreeting = R"({"pooltop":"0.1.0","protocol":1,"run":"crawl","pid":1})"
                                  "\n";

// A directory with a socket on which a script is played to the one client that comes.
class Peer {
 public:
  Peer() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pooltop-link-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    listener_ = Fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket", path()));
    check(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind", path());
    check(::listen(listener_.get(), 4), "listen", path());
  }
  ~Peer() {
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(directory_);
  }
  [[nodiscard]] std::string path() const { return directory_ + "/s"; }

  // Sends the greeting and `text`, waits for the client's request line before `text`; closes when it got `requests`.
  void play(const std::string& text, int requests = 1) {
    thread_ = std::thread([this, text, requests] {
      const Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      send(client, kGreeting);
      for (int i = 0; i < requests; ++i) {
        char byte = 0;
        while (byte != '\n' && ::read(client.get(), &byte, 1) == 1) requests_ += byte;
        if (i == 0) send(client, text);
      }
    });
  }
  // After the script was played.
  [[nodiscard]] const std::string& request() {
    thread_.join();
    return requests_;
  }

 private:
  static void send(const Fd& client, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t n = ::send(client.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }
  std::string directory_;
  Fd listener_;
  std::thread thread_;
  std::string requests_;
};

// All events up to the loss of the connection.
std::vector<Event> all_events(EngineLink& link) {
  std::vector<Event> events;
  const Nanos deadline = monotonic_now() + 20 * kSecond;
  while (link.is_up() && monotonic_now() < deadline) {
    pollfd entry{link.fd(), POLLIN, 0};
    ::poll(&entry, 1, 1000);
    for (Event& event : link.take_events()) events.push_back(std::move(event));
  }
  return events;
}

void wait_for_status(EngineLink& link) {
  const Nanos deadline = monotonic_now() + 20 * kSecond;
  while (link.snapshot().run.empty() && monotonic_now() < deadline) {
    pollfd entry{link.fd(), POLLIN, 0};
    ::poll(&entry, 1, 1000);
    static_cast<void>(link.take_events());
  }
}

template <typename Kind>
std::vector<Kind> of_kind(const std::vector<Event>& events) {
  std::vector<Kind> found;
  for (const Event& event : events)
    if (const auto* kind = std::get_if<Kind>(&event)) found.push_back(*kind);
  return found;
}

}  // namespace

TEST_CASE("app: a link to nobody is no connection, and no error") {
  EngineLink link("/nonexistent/pooltop.sock", false);
  CHECK_FALSE(link.connect());
  CHECK(link.fd() == -1);
  CHECK(link.take_events().empty());
}

TEST_CASE("app: a link subscribes, shows the status, and tells when the connection is lost") {
  Peer peer;
  peer.play(R"({"event":"status","status":{"run":"crawl","state":"running","elapsed_s":3}})"
            "\n"
            R"({"event":"status","status":{"run":"crawl","state":"paused","elapsed_s":4}})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());

  const std::vector<Event> events = all_events(link);

  CHECK(peer.request().find("\"subscribe\"") != std::string::npos);
  CHECK_FALSE(of_kind<DataArrived>(events).empty());
  CHECK(std::get<LinkChanged>(events.back()).link == Link::Lost);
  CHECK(link.snapshot().state == RunState::Paused);  // what was known last stays
  CHECK_FALSE(link.ended());
}

TEST_CASE("app: answers come as events, refusals and output in them") {
  Peer peer;
  peer.play(R"({"id":7,"error":{"code":"stale_pid","message":"no \u001b process"}})"
            "\n"
            R"({"id":8,"ok":true,"cursor":"x","lines":[{"time":"t","pid":5,"stage":"s","kind":"err","text":"hi"},3]})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());

  const auto answers = of_kind<Answered>(all_events(link));

  REQUIRE(answers.size() == 2);
  CHECK(answers[0].id == 7);
  CHECK(answers[0].error == "no \\x1b process (stale_pid)");
  CHECK_FALSE(answers[1].error);
  CHECK(answers[1].cursor == "x");
  REQUIRE(answers[1].lines.size() == 1);
  CHECK(answers[1].lines[0] == OutputLine{"t", 5, "s", "err", "hi"});
}

TEST_CASE("app: figures that came before an answer are told before it, those behind it after it") {
  Peer peer;
  peer.play(R"({"event":"status","status":{"run":"crawl","state":"running","elapsed_s":3}})"
            "\n"
            R"({"id":7,"ok":true})"
            "\n"
            R"({"event":"status","status":{"run":"crawl","state":"paused","elapsed_s":4}})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());

  std::vector<std::string> order;
  for (const Event& event : all_events(link)) {
    if (std::holds_alternative<DataArrived>(event)) order.emplace_back("data");
    if (std::holds_alternative<Answered>(event)) order.emplace_back("answer");
  }

  CHECK(order == std::vector<std::string>{"data", "answer", "data"});
}

TEST_CASE("app: the run's end is the last status, and known as the end") {
  Peer peer;
  peer.play(R"({"event":"ended","status":{"run":"crawl","state":"done","exit_status":0}})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());
  all_events(link);
  CHECK(link.ended());
  CHECK(link.snapshot().state == RunState::Done);
}

TEST_CASE("app: when the run has ended its failed items are read from its list, and nothing else is asked of anybody") {
  Peer peer;
  peer.play(R"({"event":"ended","status":{"run":"crawl","state":"done","exit_status":1}})"
            "\n");
  const std::string file = peer.path() + ".failed";
  for (const char* id : {"1", "2"})
    append_failed(
        file,
        {id, "fetch", "a\x1b[2J", {{7, 3, std::nullopt, "2026-01-31T12:00:00Z", 0.5}}, "exited with 3", "no\n", 0});
  EngineLink link(peer.path(), false, file);
  REQUIRE(link.connect());
  all_events(link);

  link.send({5, "failed", {{"offset", std::int64_t{1}}, {"limit", std::int64_t{10}}}});
  link.send({6, "retrying", {{"offset", std::int64_t{0}}, {"limit", std::int64_t{10}}}});
  link.send({7, "failed", {{"retry", true}}});
  CHECK(link.due().has_value());
  const auto answers = of_kind<Answered>(link.take_events());
  CHECK_FALSE(link.due().has_value());

  REQUIRE(answers.size() == 3);
  REQUIRE(answers[0].page.has_value());
  CHECK(answers[0].page->total == 2);
  REQUIRE(answers[0].page->rows.size() == 1);
  CHECK(answers[0].page->rows[0].key == ItemKey{"fetch", "2"});
  CHECK(answers[0].page->rows[0].item == "a\\x1b[2J");
  CHECK(answers[0].page->rows[0].how == "exit 3 after 0.5s");
  CHECK(answers[1].page->total == 0);
  CHECK(answers[2].error == "the run has ended");

  const auto fits = [&](const char* match) {
    link.send({8, "failed", {{"offset", std::int64_t{0}}, {"limit", std::int64_t{10}}, {"match", std::string(match)}}});
    const auto found = of_kind<Answered>(link.take_events());
    std::string ids;
    for (const FailedRow& row : found.at(0).page.value().rows) ids += row.key.id + " ";
    CHECK(found[0].page->total == found[0].page->rows.size());
    return ids;
  };
  CHECK(fits("id:2") == "2 ");
  CHECK(fits("stage:fetch exited") == "1 2 ");
  CHECK(fits("nothing of this") == "");
}

TEST_CASE("app: rubbish from the engine is a lost connection, not a crash") {
  for (const char* rubbish : {"{]\n", "[]\n", "7\n", "{\"event\":5}\n", "{\"id\":{}}\n", "\xff\xfe\n",
                              "{\"event\":\"status\",\"status\":[]}\n", "{\"event\":\"status\",\"delta\":3}\n"}) {
    Peer peer;
    peer.play(rubbish);
    EngineLink link(peer.path(), false);
    REQUIRE(link.connect());
    CHECK_FALSE(of_kind<LinkChanged>(all_events(link)).empty());
  }
}

TEST_CASE("app: a monitor that only watches tells the engine so first") {
  Peer peer;
  peer.play("");
  EngineLink link(peer.path(), true);
  REQUIRE(link.connect());
  CHECK(peer.request().find("\"read_only\"") != std::string::npos);
}

TEST_CASE(
    "app: a link tells which rows are looked at when these change, and not more often than a few times a second") {
  Peer peer;
  peer.play(R"({"event":"status","status":{"run":"crawl","state":"running","elapsed_s":3}})"
            "\n",
            /*requests=*/3);
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());
  const std::vector<WorkerKey> rows{{4242, "then", "fetch", 3}, {0, "", "fetch", 4}};
  link.look_at(rows, kSecond);  // nothing was shown so far
  wait_for_status(link);

  link.look_at(rows, kSecond);
  link.look_at({}, kSecond + 249 * kMillisecond);
  link.look_at(rows, kSecond + 251 * kMillisecond);  // known
  link.look_at({rows[1]}, kSecond + 252 * kMillisecond);
  all_events(link);

  const std::string& said = peer.request();
  CHECK(said.find(R"("continue":false)") != std::string::npos);
  CHECK(said.find(R"("fresh":["fetch.3.4242","fetch.4.0"],"rest_ms":1000)") != std::string::npos);
  CHECK(said.find(R"("fresh":["fetch.4.0"],"rest_ms":1000)") != std::string::npos);
  CHECK(std::count(said.begin(), said.end(), '\n') == 3);
}

TEST_CASE("app: settings and what was set come as events, their values as JSON") {
  Peer peer;
  peer.play(R"({"id":7,"ok":true,"config_file":null,"changed":1,"stages":[{"stage":"fetch","settings":[)"
            R"({"key":"timeout","value":"30s","config":null,"given":30,"changed":true,"from_set":false}]}]})"
            "\n"
            R"({"id":8,"ok":true,"changes":[{"stage":"fetch","key":"workers","value":9,"before":8}]})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());

  const auto answers = of_kind<Answered>(all_events(link));

  REQUIRE(answers.size() == 2);
  REQUIRE(answers[0].settings.has_value());
  CHECK(answers[0].settings->config_file.empty());
  REQUIRE(answers[0].settings->find("fetch") != nullptr);
  CHECK(answers[0].settings->find("fetch")->settings[0] == Setting{"timeout", "\"30s\"", "null", "30", true, false});
  REQUIRE(answers[1].changes.has_value());
  REQUIRE(answers[1].changes->size() == 1);
  CHECK(answers[1].changes->at(0).value == "9");
  CHECK(answers[1].changes->at(0).before == "8");
}

TEST_CASE("app: a value goes to the engine as the JSON that it is, and as a text where it is none") {
  Peer peer;
  peer.play(R"({"event":"status","status":{"run":"crawl","state":"running","elapsed_s":3}})"
            "\n",
            /*requests=*/6);
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());
  wait_for_status(link);

  for (const char* value : {"9", "\"30s\"", "null", "1e999", "{\"a\":[1]}"})
    link.send({5, "set", {{"stage", "fetch"}, {"key", "timeout"}, {"value", JsonText{value}}}});
  all_events(link);

  const std::string& said = peer.request();
  for (const char* value :
       {R"("value":9})", R"("value":"30s"})", R"("value":null})", R"("value":"1e999"})", R"("value":{"a":[1]}})"})
    CHECK_MESSAGE(said.find(value) != std::string::npos, value, " is not in ", said);
}

TEST_CASE("app: an engine that does not know rows at rest is watched all the same") {
  Peer peer;
  peer.play(R"({"id":1125899906842626,"error":{"code":"not_possible","message":"no"}})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());
  CHECK_NOTHROW(all_events(link));
}

TEST_CASE("app: a refused subscription is the caller's to report") {
  Peer peer;
  peer.play(R"({"id":1125899906842624,"error":{"code":"too_many_clients","message":"64 are watching"}})"
            "\n");
  EngineLink link(peer.path(), false);
  REQUIRE(link.connect());
  CHECK_THROWS_AS(all_events(link), ControlError);
}

}  // namespace pooltop
