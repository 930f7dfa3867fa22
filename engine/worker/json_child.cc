// SPDX-License-Identifier: MIT
//
// {"id", "attempt", "item"} out; {"id", "items"} or {"id", "error", "permanent"} back, in any order. The engine wants
// the answers of one packet in the order of its items, so an answer that comes early waits here for those before it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/text.h"
#include "engine/worker/json_text.h"
#include "engine/worker/staying_child.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxAnswers = 64;  // times max_item_bytes: an answer can hold many items

/// A line that is no answer: what is wrong with it.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct JsonAnswer {
  std::string id;
  std::vector<std::string> items;
  std::optional<ItemFailure> failure;
};

std::string text_of(std::string_view value, std::string_view what) {
  if (!value.starts_with('"')) throw ProtocolError(fmt::format("{} is no string", what));
  return json_unquote(value);
}

std::string item_of(std::string_view value) {
  if (value.starts_with('"')) return json_unquote(value);
  if (value.starts_with('{')) {
    const auto members = json_members(value);
    if (members.size() == 1 && members[0].first == "base64") {
      if (auto bytes = base64_decode(text_of(members[0].second, "\"base64\""))) return std::move(*bytes);
      throw ProtocolError("\"base64\" is not base64 with its padding");
    }
  }
  throw ProtocolError("an item is neither a string nor {\"base64\": ...}");
}

JsonAnswer parse_answer(std::string_view line) {
  if (!is_json(line)) throw ProtocolError("not JSON");
  if (!json_trim(line).starts_with('{')) throw ProtocolError("not a JSON object");
  JsonAnswer answer;
  bool has_id = false;
  bool has_items = false;
  bool permanent = false;
  for (const auto& [key, value] : json_members(line)) {
    if (key == "id") {
      answer.id = text_of(value, "\"id\"");
      has_id = true;
    } else if (key == "items") {
      if (!value.starts_with('[')) throw ProtocolError("\"items\" is no list");
      for (const std::string_view item : json_elements(value)) answer.items.push_back(item_of(item));
      has_items = true;
    } else if (key == "error") {
      answer.failure = make_failure(printable(text_of(value, "\"error\""), kStderrTail));
    } else if (key == "permanent") {
      if (value != "true" && value != "false") throw ProtocolError("\"permanent\" is neither true nor false");
      permanent = value == "true";
    }  // other keys are the child's own
  }
  if (!has_id) throw ProtocolError("it has no \"id\"");
  if (has_items == answer.failure.has_value()) throw ProtocolError("it has neither or both of \"items\" and \"error\"");
  if (answer.failure) answer.failure->permanent = permanent;
  return answer;
}

void append_request(std::string& out, const WorkItem& item) {
  out += "{\"id\":";
  append_json_string(out, item.id);
  out += fmt::format(",\"attempt\":{},\"item\":", item.attempt);
  if (is_utf8(item.bytes)) {
    append_json_string(out, item.bytes);
    out += "}\n";
  } else {
    (out += "{\"base64\":\"").append(base64_encode(item.bytes)) += "\"}}\n";
  }
}

class JsonChild {
 public:
  explicit JsonChild(WorkContext& context)
      : context_(context),
        port_(context.port),
        config_(std::get<WorkerWork>(context.spec.stage.work)),
        child_(context, config_.argv, StayingChild::Channel::Pipes),
        watch_(context) {}

  void run() {
    while (take_items()) {
      const bool wants_items = has_room();
      if (!child_.wait(wants_items, watch_.timeout(!unanswered_.empty()))) watch_.check(child_.pid());
      const bool gone = child_.is_gone();
      if (gone) child_.await_end();
      read_answers(gone);
      if (!gone) continue;
      name_current();  // it is charged with this death
      end_with_child(context_, child_, "the worker process is gone before its work was");
    }
    child_.end_input();
    const ProcessEnd end = child_.join(patience_of(context_.spec.stage));
    if (!end.is_success())
      context_.log.note(fmt::format("process {} {} after its last answer", child_.pid(), describe(end)));
  }

 private:
  struct Entry {
    WorkItem item;
    std::optional<JsonAnswer> answer;
  };
  using Packet = std::deque<Entry>;
  struct Asked {
    WorkItem item;
    Nanos since;
  };

  // Each answer to another item makes the clock of the item in work start anew. So that an item that is never answered
  // reaches its time-out all the same, nothing more is asked once it is overdue.
  bool has_room() const {
    const auto& timeout = context_.spec.stage.timeout;
    const bool is_overdue = timeout && !order_.empty() && monotonic_now() - order_.front().since > *timeout;
    return !ended_ && !is_overdue && unanswered_.size() < config_.window;
  }

  bool take_items() {
    WorkItem item;
    while (has_room()) {
      const Port::Take got = port_.try_take(item);
      if (got == Port::Take::Empty) break;
      if (got == Port::Take::End) {
        ended_ = true;
        child_.end_input();
        break;
      }
      append_request(child_.outgoing(), item);
      Entry& entry = packets_[item.sequence].emplace_back(Entry{item, std::nullopt});
      if (!unanswered_.emplace(item.id, &entry).second)
        throw std::runtime_error(fmt::format("two items with the id {} at once", printable(item.id)));
      order_.push_back({item, monotonic_now()});
    }
    name_current();
    return !ended_ || !unanswered_.empty();
  }

  // The item in work is the one that has waited longest.
  void name_current() {
    if (order_.empty() || std::exchange(is_named_, true)) return;
    port_.set_current(order_.front().item);
  }

  void read_answers(bool at_end) {
    port_.open_batch();  // they came in together
    std::string_view line;
    while (child_.next_line(line, at_end)) accept(line);
    port_.close_batch();
    if (child_.unfinished() > kMaxAnswers * context_.spec.max_item_bytes) break_off("an answer without an end", "");
  }

  void accept(std::string_view line) {
    try {
      JsonAnswer answer = parse_answer(line);
      const auto waiting = unanswered_.find(answer.id);
      if (waiting == unanswered_.end())
        throw ProtocolError("no item of this id waits for an answer (unknown, or answered before)");
      watch_.heard();
      check_size(answer);
      Entry& entry = *waiting->second;
      unanswered_.erase(waiting);
      drop_from_order(entry.item);
      entry.answer = std::move(answer);
      publish(entry.item.sequence);
    } catch (const ProtocolError& error) {
      break_off(error.what(), line);
    }
  }

  [[noreturn]] void break_off(std::string_view what, std::string_view line) {
    port_.close_batch();
    context_.log.flush();
    context_.log.note(
        fmt::format("process {} broke the json protocol: {}: {}", child_.pid(), what, printable(line, 200)));
    ::_exit(1);
  }

  void check_size(JsonAnswer& answer) const {
    const std::uint64_t max = context_.spec.max_item_bytes;
    if (std::any_of(answer.items.begin(), answer.items.end(), [&](const auto& item) { return item.size() > max; }))
      answer.failure = make_failure(fmt::format("an item of its answer is larger than {} bytes (max_item_bytes)", max));
  }

  void drop_from_order(const WorkItem& item) {
    const auto same = [&](const Asked& other) {
      return other.item.sequence == item.sequence && other.item.index == item.index;
    };
    order_.erase(std::find_if(order_.begin(), order_.end(), same));
  }

  // Answers of one packet go out in the order of its items.
  void publish(std::uint32_t sequence) {
    Packet& packet = packets_[sequence];
    while (!packet.empty() && packet.front().answer) {
      Entry& entry = packet.front();
      if (entry.answer->failure) {
        entry.answer->failure->pid = child_.pid();
        port_.fail(entry.item, *entry.answer->failure);
      } else {
        const std::vector<std::string_view> views(entry.answer->items.begin(), entry.answer->items.end());
        port_.answer(entry.item, views);
      }
      packet.pop_front();
      is_named_ = false;  // the port forgets the item in work with each answer
    }
    if (packet.empty()) packets_.erase(sequence);
  }

  WorkContext& context_;
  Port& port_;
  const WorkerWork& config_;
  StayingChild child_;
  SilenceWatch watch_;
  std::map<std::uint32_t, Packet> packets_;                  // by sequence; a deque keeps its entries in place
  std::unordered_map<std::string_view, Entry*> unanswered_;  // by id
  std::deque<Asked> order_;                                  // of the unanswered ones, the oldest first
  bool is_named_ = false;
  bool ended_ = false;
};

}  // namespace

void run_json_child(WorkContext& context) { JsonChild(context).run(); }

}  // namespace pooltop
