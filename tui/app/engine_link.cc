// SPDX-License-Identifier: MIT
#include "tui/app/engine_link.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/text.h"
#include "tui/app/item_answers.h"
#include "tui/app/others.h"
#include "tui/app/setting_answers.h"

namespace pooltop {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kIntervalMs = 200;
constexpr int kRestMs = 1000;                     // of rows that nobody looks at
constexpr Nanos kTellEvery = 250 * kMillisecond;  // while one scrolls, the rows looked at change with every key
// Far above the ids that the state gives its requests.
constexpr std::uint64_t kSubscribeId = std::uint64_t{1} << 50;
constexpr std::uint64_t kReadOnlyId = kSubscribeId + 1;
constexpr std::uint64_t kLookId = kSubscribeId + 2;

template <typename Value>
ordered_json json_of(const Value& value) {
  return value;
}
// What is no JSON after all (a number that none can hold) is sent as the text that it is, for the engine to refuse.
ordered_json json_of(const JsonText& value) {
  ordered_json parsed = ordered_json::parse(value.text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? ordered_json(value.text) : parsed;
}

ordered_json to_line(const ControlRequest& request) {
  ordered_json line{{"id", request.id}, {"command", request.command}};
  for (const auto& [name, value] : request.params)
    std::visit([&line, &key = name](const auto& held) { line[key] = json_of(held); }, value);
  return line;
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<OutputLine> lines_of(const json& answer) {
  std::vector<OutputLine> lines;
  const auto found = answer.find("lines");
  if (found == answer.end() || !found->is_array()) return lines;
  for (const json& line : *found) {
    if (!line.is_object()) continue;
    const auto pid = line.find("pid");
    const bool has_pid = pid != line.end() && pid->is_number_integer();
    const auto slot = line.find("slot");
    const bool has_slot = slot != line.end() && slot->is_number_unsigned();
    lines.push_back({text_of(line, "time"), has_pid ? pid->get<pid_t>() : 0, text_of(line, "stage"),
                     text_of(line, "kind"), text_of(line, "text"), has_slot ? slot->get<std::uint32_t>() : 0});
  }
  return lines;
}

Answered answer_from(const json& message) {
  Answered answer;
  answer.id = message.value("id", std::uint64_t{0});
  if (const auto error = message.find("error"); error != message.end() && error->is_object())
    answer.error = printable(fmt::format("{} ({})", text_of(*error, "message"), text_of(*error, "code")));
  answer.lines = lines_of(message);
  answer.cursor = text_of(message, "cursor");
  read_items(message, answer);
  read_settings(message, answer);
  if (message.contains("verdict")) answer.inspection = inspection_from_json(message);
  return answer;
}

}  // namespace

EngineLink::EngineLink(std::string socket_path, bool read_only, std::string failed_file)
    : ended_items_(std::move(failed_file)), socket_path_(std::move(socket_path)), read_only_(read_only) {}

bool EngineLink::connect() {
  try {
    client_ = Client::connect(socket_path_);
    if (read_only_) client_->send({{"id", kReadOnlyId}, {"command", "read_only"}});
    looked_at_.clear();
    told_at_ = 0;
    subscribe(/*go_on=*/false);
  } catch (const ControlError& error) {
    client_.reset();
    if (error.code() != ErrorCode::Disconnected && error.code() != ErrorCode::TimedOut) throw;
    return false;
  }
  mirror_ = StatusMirror();
  has_status_ = false;
  return true;
}

void EngineLink::subscribe(bool go_on) {
  std::vector<std::string> fresh;
  for (const WorkerKey& key : looked_at_) fresh.push_back(fmt::format("{}.{}.{}", key.stage, key.slot, key.pid));
  client_->send({{"id", go_on ? kLookId : kSubscribeId},
                 {"command", "subscribe"},
                 {"interval_ms", kIntervalMs},
                 {"delta", true},
                 {"continue", go_on},
                 {"commands", true},
                 {"workers", {{"fresh", fresh}, {"rest_ms", kRestMs}}}});
}

void EngineLink::look_at(const std::vector<WorkerKey>& rows, Nanos now) {
  if (!client_ || !has_status_ || rows == looked_at_ || now - told_at_ < kTellEvery) return;
  looked_at_ = rows;
  told_at_ = now;
  try {
    subscribe(/*go_on=*/true);
  } catch (const ControlError& error) {
    if (error.code() != ErrorCode::Disconnected) throw;  // a lost connection is told by take_events()
  }
}

void EngineLink::lose(std::vector<Event>& events) {
  last_ = snapshot();
  has_status_ = false;
  client_.reset();
  events.emplace_back(LinkChanged{Link::Lost});
}

std::vector<Event> EngineLink::take_events() {
  std::vector<Event> events = std::exchange(from_file_, {});
  if (!client_) return events;
  bool news = false;
  try {
    std::vector<WorkerStatus> rows;
    while (const auto message = client_->next(rows)) {
      if (mirror_.apply(*message, std::exchange(rows, {}))) {
        has_status_ = news = true;
        ended_ = ended_ || mirror_.ended();
        continue;
      }
      if (message->value("event", "") == "command") events.emplace_back(others_act(*message));
      if (!message->contains("id")) continue;
      Answered answer = answer_from(*message);
      const bool mine = answer.id >= kSubscribeId && answer.id <= kLookId;
      if (mine && answer.error && answer.id != kLookId) throw ControlError(ErrorCode::BadRequest, *answer.error);
      if (mine) continue;
      if (std::exchange(news, false)) events.emplace_back(DataArrived{});  // older than the answer
      events.emplace_back(std::move(answer));
    }
    if (news) events.emplace_back(DataArrived{});
  } catch (const ControlError& error) {
    if (error.code() != ErrorCode::Disconnected) throw;
    if (news) events.emplace_back(DataArrived{});
    lose(events);
  } catch (const json::exception&) {
    lose(events);  // rubbish: a fresh connection begins with the whole status
  }
  return events;
}

void EngineLink::send(const ControlRequest& request) {
  if (ended_) from_file_.emplace_back(ended_items_.answer(request));
  if (!client_ || ended_) return;
  try {
    client_->send(to_line(request));
  } catch (const ControlError& error) {
    if (error.code() != ErrorCode::Disconnected) throw;  // a lost connection is told by take_events()
  }
}

}  // namespace pooltop
