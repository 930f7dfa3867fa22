// SPDX-License-Identifier: MIT
#include "engine/control/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/control/connection.h"
#include "engine/control/listener.h"
#include "engine/control/requests.h"
#include "engine/control/status_stream.h"
#include "engine/control/subscription.h"
#include "engine/model/json_fields.h"
#include "engine/model/snapshot_json.h"

// Everything the server waits for hangs on one epoll descriptor of its own, which the engine's loop watches like any
// other: the listener, the clients, and a timer for what is due by time alone (frames, limits, rests). What a client
// can make the engine do is bounded three times: by ServerLimits for what comes in, by skipping frames while one is
// unread for what goes out, and for the making of frames by putting the next one off in proportion to its cost.

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr Nanos kAcceptRest = 100 * kMillisecond;
constexpr Nanos kLastWords = kSecond;
constexpr Nanos kCostFactor = 20;  // frames may take 1/20 of the engine's time
constexpr Nanos kLongestRest = 5 * kSecond;
constexpr std::uint64_t kListenerTag = 0;
constexpr std::uint64_t kTimerTag = 1;
constexpr std::uint64_t kFirstClientTag = 2;

struct ClientState {
  Connection connection;
  std::optional<Subscription> subscription = {};
  std::vector<json> waiting = {};  // ids of its `wait` requests
  pid_t pid = 0;
  bool read_only = false;
  bool registered = false;    // with epoll
  std::uint32_t watched = 0;  // the events it is asked for
};

// Not the clock on the wall: while others have the processor, a frame costs nothing.
Nanos cpu_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

ordered_json error_object(ErrorCode code, const std::string& message) {
  return {{"code", name_of(code)}, {"message", message}};
}

std::string error_line(const json& id, ErrorCode code, const std::string& message) {
  return line_of({{"id", id}, {"error", error_object(code, message)}});
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options);

  int poll_fd() const noexcept { return epoll_.get(); }
  void serve(ControlHandler& handler);
  void finish(const Snapshot& last);
  std::size_t clients() const noexcept { return clients_.size(); }
  std::size_t subscribers() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(clients_.begin(), clients_.end(), [](const auto& entry) { return !!entry.second.subscription; }));
  }

 private:
  void watch(int operation, int fd, std::uint32_t events, std::uint64_t tag);
  void handle_event(const epoll_event& event, Nanos now);
  void accept_clients(Nanos now);
  void greet(Fd socket, Nanos now);
  void read_requests(ClientState& client, ControlHandler* handler, Nanos now);
  void answer(ClientState& client, const std::string& line, bool too_many, ControlHandler* handler, Nanos now);
  void tell_others(const ClientState& who, const json& request, Nanos now);
  ordered_json run_command(ClientState& client, const json& request, ControlHandler& handler, Nanos now);
  void send_frames(ControlHandler& handler, Nanos now);
  void tidy(Nanos now);
  void arm_timer(Nanos now);
  void last_words(const Snapshot& last, Nanos now);
  bool flush_all(Nanos deadline);

  ServerOptions options_;
  Listener listener_;
  Fd epoll_;
  Fd timer_;
  std::unordered_map<std::uint64_t, ClientState> clients_;
  std::uint64_t next_tag_ = kFirstClientTag;
  Nanos accept_again_ = 0;  // rests until then: no descriptors left
};

Server::Impl::Impl(ServerOptions options)
    : options_(std::move(options)),
      listener_(options_.socket_path),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1", "control socket")),
      timer_(check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create", "control socket")) {
  watch(EPOLL_CTL_ADD, listener_.fd(), EPOLLIN, kListenerTag);
  watch(EPOLL_CTL_ADD, timer_.get(), EPOLLIN, kTimerTag);
}

void Server::Impl::watch(int operation, int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl", "control socket");
}

void Server::Impl::serve(ControlHandler& handler) {
  if (listener_.fd() < 0) return;
  std::array<epoll_event, 64> events;  // more stay ready: the next serve() takes them
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  const Nanos now = monotonic_now();
  for (int i = 0; i < ready; ++i) handle_event(events[static_cast<std::size_t>(i)], now);
  for (auto& [tag, client] : clients_) read_requests(client, &handler, now);
  send_frames(handler, now);
  tidy(now);
  arm_timer(now);
}

void Server::Impl::handle_event(const epoll_event& event, Nanos now) {
  if (event.data.u64 == kListenerTag) return accept_clients(now);
  if (event.data.u64 == kTimerTag) {
    std::uint64_t count = 0;
    (void)!::read(timer_.get(), &count, sizeof count);  // only to make it quiet; what is due is looked up
    return;
  }
  const auto found = clients_.find(event.data.u64);
  if (found == clients_.end()) return;
  Connection& connection = found->second.connection;
  if ((event.events & EPOLLOUT) != 0) connection.flush(now);
  const bool gone = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  if (gone && connection.is_finished())
    connection.drop();  // read to its end before, and now it reads no more either
  else
    connection.receive(now);
}

void Server::Impl::accept_clients(Nanos now) {
  constexpr int kAtOnce = 64;
  for (int i = 0; i < kAtOnce; ++i) {
    Fd socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      greet(std::move(socket), now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    // No descriptor or memory: the listener would stay ready and the loop spin, so it rests.
    watch(EPOLL_CTL_MOD, listener_.fd(), 0, kListenerTag);
    accept_again_ = now + kAcceptRest;
    return;
  }
}

void Server::Impl::greet(Fd socket, Nanos now) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != ::geteuid()) return;
  const bool full = clients_.size() >= options_.limits.clients;
  ClientState client{Connection(std::move(socket), options_.limits, now)};
  if (full) {
    const std::string why = fmt::format("{} clients are connected, which is all there may be", options_.limits.clients);
    client.connection.send(line_of({{"error", error_object(ErrorCode::TooManyClients, why)}}), now);
    return;
  }
  client.connection.send(
      line_of(
          {{"pooltop", options_.version}, {"protocol", kProtocolVersion}, {"run", options_.run}, {"pid", ::getpid()}}),
      now);
  client.pid = peer.pid;
  clients_.emplace(next_tag_++, std::move(client));
}

void Server::Impl::read_requests(ClientState& client, ControlHandler* handler, Nanos now) {
  using Pull = Connection::Pull;
  Connection& connection = client.connection;
  std::string line;
  for (Pull pull = connection.take_line(line, now); pull != Pull::Nothing; pull = connection.take_line(line, now)) {
    if (pull == Pull::TooLong) {
      const std::string why = fmt::format("a request may have {} bytes, newline included", options_.limits.frame_bytes);
      connection.send(error_line(nullptr, ErrorCode::TooLarge, why), now);
      return connection.close_after_flush();
    }
    answer(client, line, pull == Pull::LineTooMany, handler, now);
  }
  const bool awaits = (client.subscription || !client.waiting.empty()) && !connection.is_deaf();
  if (connection.is_finished() && !connection.is_held(now) && !awaits) connection.close_after_flush();
}

void Server::Impl::answer(ClientState& client, const std::string& line, bool too_many, ControlHandler* handler,
                          Nanos now) {
  json id = nullptr;
  try {
    json request = parse_request(line);
    if (const auto given = request.find("id"); given != request.end() && given->is_primitive()) id = *given;
    if (too_many) {
      const std::string why = fmt::format("more than {} commands in a second", options_.limits.commands_per_s);
      throw ControlError(ErrorCode::RateLimited, why);
    }
    check_request(request);
    if (handler == nullptr) throw ControlError(ErrorCode::Ended, "the run has ended");
    if (request.at("command") == "wait") return client.waiting.push_back(id);
    ordered_json message = {{"id", id}, {"ok", true}};
    message.update(run_command(client, request, *handler, now));
    client.connection.send(line_of(message), now);
    if (is_acting(request)) tell_others(client, request, now);
  } catch (const ControlError& error) {
    client.connection.send(error_line(id, error.code(), error.what()), now);
  } catch (const std::exception& error) {  // the system refused, in the handler: it is that command's answer
    client.connection.send(error_line(id, ErrorCode::NotPossible, error.what()), now);
  }
}

// Who has not read what came before is left out, as with frames.
void Server::Impl::tell_others(const ClientState& who, const json& request, Nanos now) {
  std::string line;
  for (auto& [tag, client] : clients_) {
    const bool wants = client.subscription && client.subscription->commands && !client.connection.has_unsent();
    if (!wants || &client == &who) continue;
    if (line.empty()) {
      json told = request;
      told.erase("id");
      line = line_of({{"event", "command"}, {"pid", who.pid}, {"request", std::move(told)}});
    }
    client.connection.send(line, now);
  }
}

ordered_json Server::Impl::run_command(ClientState& client, const json& request, ControlHandler& handler, Nanos now) {
  const auto& command = request.at("command").get_ref<const std::string&>();
  if (command == "status") {
    const WindowedStatus view = through_window(handler.snapshot(), window_from(request));
    return {{"status", to_json(view.status)}, {"workers_total", view.workers}};
  }
  if (command == "subscribe") {
    subscribe(client.subscription, request, now);
    return ordered_json::object();
  }
  if (command == "unsubscribe") {
    client.subscription.reset();
    return ordered_json::object();
  }
  if (command == "read_only") {
    client.read_only = true;
    return ordered_json::object();
  }
  if (client.read_only && is_acting(request))
    throw ControlError(ErrorCode::ReadOnly, "this client said that it only watches");
  return handler.handle(request, client.pid);
}

void Server::Impl::send_frames(ControlHandler& handler, Nanos now) {
  const auto watching = static_cast<Nanos>(subscribers());
  const Snapshot* snapshot = nullptr;
  for (auto& [tag, client] : clients_) {
    // What is unread is not added to: when it has been read, the newest follows at once.
    if (!client.subscription || client.subscription->due > now || client.connection.has_unsent()) continue;
    const Nanos began = cpu_time();
    if (snapshot == nullptr) snapshot = &handler.snapshot();
    Subscription& s = *client.subscription;
    client.connection.send(s.message(*snapshot, now, options_.limits.full_every), now);
    const Nanos cost = cpu_time() - began;
    const Nanos on_time = s.due + s.interval > now ? s.due + s.interval : now + s.interval;
    s.due = std::max(on_time, now + std::min(cost * kCostFactor * watching, kLongestRest));
  }
}

// Lets go of dead clients, and asks epoll of each other one for just what can be made use of.
void Server::Impl::tidy(Nanos now) {
  std::erase_if(clients_, [&](const auto& entry) { return entry.second.connection.is_dead(now); });
  for (auto& [tag, client] : clients_) {
    Connection& connection = client.connection;
    std::uint32_t wanted = connection.has_unsent() ? EPOLLOUT : 0u;
    if (connection.wants_read(now)) wanted |= EPOLLIN | EPOLLRDHUP;
    // Even with no events asked for, epoll says when a peer is gone. A held one would say it without end.
    const bool registered = !(wanted == 0 && connection.is_held(now));
    if (registered == client.registered && wanted == client.watched) continue;
    if (registered)
      watch(client.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection.fd(), wanted, tag);
    else if (client.registered)
      watch(EPOLL_CTL_DEL, connection.fd(), 0, tag);
    client.registered = registered;
    client.watched = wanted;
  }
  if (accept_again_ != 0 && now >= accept_again_) {
    watch(EPOLL_CTL_MOD, listener_.fd(), EPOLLIN, kListenerTag);
    accept_again_ = 0;
  }
}

void Server::Impl::arm_timer(Nanos now) {
  std::optional<Nanos> next;
  const auto sooner = [&](std::optional<Nanos> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const auto& [tag, client] : clients_) {
    sooner(client.connection.next_deadline(now));
    if (client.subscription && !client.connection.has_unsent()) sooner(client.subscription->due);
  }
  if (accept_again_ != 0) sooner(accept_again_);
  itimerspec when{};
  if (next) {
    const Nanos at = std::max<Nanos>(*next, 1);  // 0 would disarm it
    when.it_value = {.tv_sec = at / kSecond, .tv_nsec = at % kSecond};
  }
  check(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr), "timerfd_settime", "control socket");
}

void Server::Impl::last_words(const Snapshot& last, Nanos now) {
  const std::string ended = line_of({{"event", "ended"}, {"status", to_json(last)}});
  for (auto& [tag, client] : clients_) {
    for (const json& id : client.waiting)
      client.connection.send(line_of({{"id", id}, {"ok", true}, {"status", to_json(last)}}), now);
    if (client.subscription) client.connection.send(ended, now);
    client.waiting.clear();
    client.subscription.reset();
  }
}

// One round of the end: answers what still comes in; true when nothing is left to send.
bool Server::Impl::flush_all(Nanos deadline) {
  std::vector<pollfd> waiting;
  const Nanos now = monotonic_now();
  for (auto& [tag, client] : clients_) {
    client.connection.receive(now);
    read_requests(client, nullptr, now);
    client.connection.flush(now);
    if (client.connection.has_unsent() && !client.connection.is_dead(now))
      waiting.push_back({.fd = client.connection.fd(), .events = POLLOUT, .revents = 0});
  }
  if (waiting.empty()) return true;
  const Nanos left = std::max<Nanos>(deadline - now, 0);
  ::poll(waiting.data(), waiting.size(), static_cast<int>(left / kMillisecond));
  return false;
}

void Server::Impl::finish(const Snapshot& last) {
  if (listener_.fd() < 0) return;
  const Nanos deadline = monotonic_now() + kLastWords;
  last_words(last, monotonic_now());
  while (!flush_all(deadline) && monotonic_now() < deadline) {
  }
  clients_.clear();
  listener_.close();
  arm_timer(monotonic_now());
}

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
int Server::poll_fd() const noexcept { return impl_->poll_fd(); }
void Server::serve(ControlHandler& handler) { impl_->serve(handler); }
void Server::finish(const Snapshot& last) { impl_->finish(last); }
std::size_t Server::clients() const noexcept { return impl_->clients(); }
std::size_t Server::subscribers() const noexcept { return impl_->subscribers(); }

}  // namespace pooltop
