// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/control/control_error.h"
#include "engine/control/server.h"

namespace pooltop::test {

using nlohmann::json;
using nlohmann::ordered_json;

/// A directory of its own (0700), gone at the end; the state and the sockets of runs lie in it.
class OwnHome {
 public:
  OwnHome() {
    std::string name = std::filesystem::temp_directory_path() / "pooltop-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw_system_error(errno, "mkdtemp", name);
    path_ = name;
    ::setenv("XDG_STATE_HOME", (path_ + "/state").c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  ~OwnHome() { std::filesystem::remove_all(path_); }
  OwnHome(const OwnHome&) = delete;
  OwnHome& operator=(const OwnHome&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Snapshot example_snapshot(std::size_t workers = 3) {
  Snapshot s;
  s.run = "checksums";
  s.pid = 812;
  s.state = RunState::Running;
  s.started_at = "2026-01-31T12:00:00Z";
  s.elapsed_s = 10;
  s.items.total = 3021;
  StageStatus files;
  files.name = "files";
  files.kind = "source";
  StageStatus hash;
  hash.name = "hash";
  hash.kind = "command";
  hash.from = {"files"};
  hash.queue = QueueStatus{.depth = 12, .capacity = 1024, .oldest_age_s = 0.5};
  s.stages = {files, hash};
  for (std::size_t i = 0; i < workers; ++i) {
    WorkerStatus w;
    w.pid = static_cast<pid_t>(4242 + i);
    w.stage = i == 0 ? "files" : "hash";
    w.slot = static_cast<std::uint32_t>(i == 0 ? 0 : i - 1);
    w.state = WorkerState::Busy;
    w.state_since_s = 3;
    w.item = "/usr/include/a.h";
    w.item_id = std::to_string(2988 + i);
    w.item_elapsed_s = 3;
    w.cpu_percent = static_cast<double>(i);
    w.started_at = s.started_at;
    s.workers.push_back(w);
  }
  return s;
}

/// The engine's side as far as the server sees it: a snapshot that tests change, and the requests that came.
class FakeHandler : public ControlHandler {
 public:
  const Snapshot& snapshot() override {
    ++snapshots;
    return now;
  }
  ordered_json handle(const json& request, pid_t client) override {
    clients.push_back(client);
    requests.push_back(request);
    return answer(request);
  }

  Snapshot now = example_snapshot();
  int snapshots = 0;
  std::vector<json> requests;
  std::vector<pid_t> clients;  // who sent them
  std::function<ordered_json(const json&)> answer = [](const json&) { return ordered_json::object(); };
};

/// A peer that says what it likes.
class RawClient {
 public:
  explicit RawClient(const std::string& path)
      : socket_(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    check(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect", path);
  }
  /// True if the socket took it, or is full; false if the server has gone.
  bool send(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
  }
  bool say(const json& request) { return send(request.dump() + "\n"); }
  std::optional<json> next() {
    const bool open = fill();
    const std::size_t end = received_.find('\n');
    if (end == std::string::npos) {
      closed_ = !open;
      return std::nullopt;
    }
    json message = json::parse(received_.substr(0, end));
    received_.erase(0, end + 1);
    return message;
  }
  /// The server closed the connection; what it had sent before may still be here.
  [[nodiscard]] bool closed() { return closed_ || !fill(); }
  /// The same, and all has been read with next().
  [[nodiscard]] bool ended() const { return closed_; }
  void stop_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  bool fill() {
    char buffer[65536];
    ssize_t n = 0;
    while ((n = ::recv(socket_.get(), buffer, sizeof buffer, 0)) > 0)
      received_.append(buffer, static_cast<std::size_t>(n));
    return n < 0 && errno == EAGAIN;
  }

  Fd socket_;
  std::string received_;
  bool closed_ = false;  // and all read
};

/// A server that is served in the test's own thread, whenever the test waits for something.
class Pump {
 public:
  explicit Pump(const OwnHome& home, ServerLimits limits = {})
      : path(home.file("run.sock")),
        server({.socket_path = path, .run = "checksums", .version = "0.1.0", .limits = limits}) {}

  /// Serves until `done`; false after ten seconds.
  template <typename Done>
  bool until(Done done) {
    const Nanos deadline = monotonic_now() + 10 * kSecond;
    while (!done()) {
      if (monotonic_now() > deadline) return false;
      pollfd entry{.fd = server.poll_fd(), .events = POLLIN, .revents = 0};
      if (::poll(&entry, 1, 20) > 0) {
        server.serve(handler);
        ++served;
      }
    }
    return true;
  }
  json next(RawClient& client) {
    std::optional<json> message;
    until([&] { return (message = client.next()).has_value() || client.ended(); });
    return message.value_or(json{{"closed", true}});
  }
  /// The answer to one request; the greeting and events before it are passed over.
  json ask(RawClient& client, json request) {
    client.say(request);
    for (;;) {
      json message = next(client);
      if (message.contains("closed") || message.contains("ok") || message.contains("error")) return message;
    }
  }

  std::string path;
  FakeHandler handler;
  Server server;
  int served = 0;
};

/// A server in a thread, for clients that block.
class EngineThread {
 public:
  explicit EngineThread(const OwnHome& home)
      : path(home.file("run.sock")),
        server_({.socket_path = path, .run = "checksums", .version = "0.1.0"}),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        thread_([this] { run(); }) {}
  ~EngineThread() { end(); }
  void end() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
  }

  std::string path;
  FakeHandler handler;  // touch it only before the first client connects, or after end()
  Snapshot last = example_snapshot(0);

 private:
  void run() {
    for (;;) {
      pollfd entries[] = {{.fd = server_.poll_fd(), .events = POLLIN, .revents = 0},
                          {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
      ::poll(entries, 2, -1);
      if (entries[1].revents != 0) return server_.finish(last);
      server_.serve(handler);
    }
  }

  Server server_;
  Fd stop_;
  std::thread thread_;
};

inline std::string code_of(const json& answer) { return answer.at("error").at("code").get<std::string>(); }
inline std::string message_of(const json& answer) { return answer.at("error").at("message").get<std::string>(); }

}  // namespace pooltop::test
