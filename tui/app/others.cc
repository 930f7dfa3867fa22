// SPDX-License-Identifier: MIT
#include "tui/app/others.h"

#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/text.h"

namespace pooltop {
namespace {

using nlohmann::json;

constexpr std::size_t kMostWords = 20;  // the rest is "…": nobody reads a thousand ids in a line

std::string word_of(const json& value) {
  if (value.is_object()) return word_of(value.value("pid", json()));
  return printable(value.is_string() ? value.get<std::string>() : value.dump(), 64);
}

class CommandLine {
 public:
  explicit CommandLine(const json& request) : request_(request), text_(word_of(request.at("command"))) {}

  void word(const char* key) {
    if (const auto found = request_.find(key); found != request_.end() && !found->is_null()) add(word_of(*found));
  }
  void words(const char* key) {
    const auto list = request_.find(key);
    if (list == request_.end() || !list->is_array()) return;
    std::size_t left = kMostWords;
    for (const json& entry : *list) {
      if (left-- == 0) return add("...");
      add(word_of(entry));
    }
  }
  void flag(const char* key, const char* option) {
    if (request_.value(key, false)) add(option);
  }
  void option(const char* key, const char* option, const char* usual) {
    const std::string value = request_.value(key, usual);
    if (value != usual) add(std::string(option) + " " + printable(value, 64));
  }
  void setting(const json& change) {
    add(word_of(change.at("stage")) + "." + word_of(change.at("key")) + "=" + word_of(change.at("value")));
  }
  void add(const std::string& word) { text_ += " " + word; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  const json& request_;
  std::string text_;
};

}  // namespace

OthersActed others_act(const json& message) {
  const json& request = message.at("request");
  const std::string command = request.at("command").get<std::string>();
  CommandLine line(request);
  line.words("targets");
  line.words("pids");
  if (command == "set") {
    line.flag("drop", "--drop");
    if (request.contains("key")) line.setting(request);
    for (const json& change : request.value("changes", json::array())) line.setting(change);
  } else {
    line.word("stage");
    line.word("workers");
    line.words("ids");
  }
  line.flag("after_item", "--after-item");
  line.option("signal", "--signal", "KILL");
  line.option("item", "--item", "requeue");
  line.flag("now", "--now");
  line.flag("retry", "--retry");
  if (command == "fail") line.flag("kill", "--kill");
  return {message.value("pid", pid_t{0}), line.take()};
}

}  // namespace pooltop
