// SPDX-License-Identifier: MIT
#include "engine/control/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/control/requests.h"
#include "engine/control/status_stream.h"
#include "engine/model/json_fields.h"
#include "engine/model/snapshot_json.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr Nanos kConnectTime = 2 * kSecond;
constexpr int kBacklogPollMs = 10;

// Tries until `deadline`: a listener whose backlog is full says EAGAIN, and there is nothing to poll for.
Fd connect_to(const std::string& path, Nanos deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    refuse(ErrorCode::Disconnected, fmt::format("socket path {} is too long", printable(path)));
  std::memcpy(address.sun_path, path.data(), path.size());
  for (;;) {
    Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", path));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
      refuse(ErrorCode::Disconnected, fmt::format("no engine listens on {}", printable(path)));
    if (errno == EACCES || errno == EPERM)
      refuse(ErrorCode::NotAllowed, fmt::format("{} belongs to another user", printable(path)));
    if (errno != EAGAIN && errno != EINTR) throw_system_error(errno, "connect", path);
    if (monotonic_now() >= deadline) refuse(ErrorCode::TimedOut, "the engine does not accept the connection");
    ::poll(nullptr, 0, kBacklogPollMs);
  }
}

void check_peer(int socket, const std::string& path) {
  ucred peer{};
  socklen_t size = sizeof peer;
  check(::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size), "getsockopt", path);
  if (peer.uid != ::geteuid())
    refuse(ErrorCode::NotAllowed, fmt::format("{} is served by uid {}, not by you", printable(path), peer.uid));
}

json parse_answer(const std::string& line) {
  json message = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) refuse(ErrorCode::Disconnected, "what the engine sent is no JSON object");
  return message;
}

// {"status": {"workers": [ROW, …]}}: each row is read as soon as it is parsed, and then dropped.
json parse_message(const std::string& line, std::vector<WorkerStatus>& rows) {
  bool in_status = false;
  bool in_workers = false;
  const auto take_rows = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) in_status = parsed == "status", in_workers = false;
    if (event == json::parse_event_t::key && depth == 2) in_workers = in_status && parsed == "workers";
    if (event != json::parse_event_t::object_end || depth != 3 || !in_workers) return true;
    rows.push_back(worker_from_json(parsed));
    return false;
  };
  json message = json::parse(line, take_rows, /*allow_exceptions=*/false);
  if (!message.is_object()) refuse(ErrorCode::Disconnected, "what the engine sent is no JSON object");
  return message;
}

[[noreturn]] void throw_answered(const json& error) {
  if (!error.is_object()) refuse(ErrorCode::Disconnected, "the engine sent an error without its code");
  const std::string name = error.value("code", "");
  refuse(error_code_named(name).value_or(ErrorCode::NotPossible), printable(error.value("message", name), 4096));
}

}  // namespace

Client Client::connect(const std::string& socket_path) { return connect(socket_path, monotonic_now() + kConnectTime); }

Client Client::connect(const std::string& socket_path, Nanos deadline) {
  Client client(connect_to(socket_path, deadline));
  check_peer(client.fd(), socket_path);
  std::optional<json> greeting;
  while (!(greeting = client.next())) client.wait_until(deadline);
  if (const auto error = greeting->find("error"); error != greeting->end()) throw_answered(*error);
  try {
    client.greeting_.version = greeting->at("pooltop").get<std::string>();
    client.greeting_.protocol = greeting->at("protocol").get<int>();
    client.greeting_.run = greeting->at("run").get<std::string>();
    client.greeting_.pid = greeting->value("pid", 0);
  } catch (const json::exception&) {
    refuse(ErrorCode::Disconnected, fmt::format("{}: this is no pooltop engine", printable(socket_path)));
  }
  if (client.greeting_.protocol != kProtocolVersion)
    refuse(ErrorCode::NotPossible,
           fmt::format("the engine (pooltop {}) speaks protocol {}, this pooltop {}",
                       printable(client.greeting_.version, 64), client.greeting_.protocol, kProtocolVersion));
  return client;
}

std::uint64_t Client::send(const ordered_json& request) {
  ordered_json message = request;
  if (!message.contains("id")) message["id"] = ++last_id_;
  const std::string line = line_of(message) + "\n";
  if (line.size() > kMaxRequestBytes)
    refuse(ErrorCode::TooLarge, fmt::format("the request has {} bytes, the most is {}", line.size(), kMaxRequestBytes));
  unsent_ += line;
  flush();
  return message["id"].is_number_unsigned() ? message["id"].get<std::uint64_t>() : 0;
}

void Client::flush() {
  while (!unsent_.empty() && !closed_) {
    const ssize_t n = ::send(fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) {
      unsent_.clear();  // its last words may still be there to read: receive() finds the end
      return;
    }
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
}

void Client::receive() {
  std::array<char, 65536> buffer;
  while (!closed_) {
    const ssize_t n = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      closed_ = true;
      return;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(n));
    if (received_.size() > kMaxAnswerBytes) return;
  }
}

std::optional<std::string> Client::take_line() {
  const std::size_t end = received_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = received_.size();
    if (received_.size() > kMaxAnswerBytes)
      refuse(ErrorCode::TooLarge, fmt::format("the engine's answer has more than {} bytes", kMaxAnswerBytes));
    return std::nullopt;
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

std::optional<std::string> Client::next_line() {
  flush();
  std::optional<std::string> line = take_line();
  if (line) return line;
  receive();
  line = take_line();
  if (!line && closed_) refuse(ErrorCode::Disconnected, "the engine closed the connection");
  return line;
}

std::optional<std::string> Client::next_or_set_aside() {
  if (set_aside_.empty()) return next_line();
  std::string line = std::move(set_aside_.front());
  set_aside_.pop_front();
  return line;
}

std::optional<json> Client::next() {
  const auto line = next_or_set_aside();
  return line ? std::optional(parse_answer(*line)) : std::nullopt;
}

std::optional<json> Client::next(std::vector<WorkerStatus>& rows) {
  const auto line = next_or_set_aside();
  return line ? std::optional(parse_message(*line, rows)) : std::nullopt;
}

void Client::wait_until(Nanos deadline) {
  const Nanos left = deadline - monotonic_now();
  if (left <= 0) refuse(ErrorCode::TimedOut, "the engine did not answer in time");
  pollfd entry{.fd = fd(), .events = static_cast<short>(wants_write() ? POLLIN | POLLOUT : POLLIN), .revents = 0};
  // Rounded up: 0 would turn the last millisecond into a busy loop.
  ::poll(&entry, 1, static_cast<int>(std::min<Nanos>(left / kMillisecond + 1, 60'000)));
}

json Client::request(std::string_view command, const ordered_json& params, Nanos deadline) {
  ordered_json message = {{"command", command}};
  if (params.is_object()) message.update(params);
  const json id = send(message);
  for (;;) {
    std::optional<std::string> line = next_line();
    if (!line) {
      wait_until(deadline);
      continue;
    }
    json answer = parse_answer(*line);
    const auto error = answer.find("error");
    const json answered = answer.value("id", json());
    // An error without an id is about the connection itself.
    const bool ours = !answer.contains("event") && (answered == id || (answered.is_null() && error != answer.end()));
    if (ours && error != answer.end()) throw_answered(*error);
    if (ours) return answer;
    set_aside_.push_back(std::move(*line));
  }
}

bool StatusMirror::apply(const json& message, std::vector<WorkerStatus> rows) {
  const std::string event = message.value("event", "");
  if (event != "status" && event != "ended") return false;
  if (const auto status = message.find("status"); status != message.end()) {
    snapshot_ = snapshot_from_json(*status);
    if (!rows.empty()) snapshot_.workers = std::move(rows);
  } else if (const auto delta = message.find("delta"); delta != message.end()) {
    apply_changes(snapshot_, *delta);
  }
  workers_total_ = message.value("workers_total", std::uint64_t{0});
  ended_ = event == "ended";
  return true;
}

}  // namespace pooltop
