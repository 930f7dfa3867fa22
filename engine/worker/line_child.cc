// SPDX-License-Identifier: MIT
//
// Items go out one per line, answers come back in the same order. Up to `window` items are on their way; the first
// unanswered one is the item in work. An item that holds a newline never goes out: it fails in its turn, because items
// of one packet are answered in their order.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/worker/staying_child.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

constexpr std::size_t kMaxShown = 200;  // bytes of a line in a message

class LinesChild {
 public:
  explicit LinesChild(WorkContext& context)
      : context_(context),
        port_(context.port),
        config_(std::get<WorkerWork>(context.spec.stage.work)),
        child_(context, config_.argv, StayingChild::Channel::Pipes),
        watch_(context) {}

  void run() {
    while (take_items()) {
      const bool wants_items = !ended_ && pending_.size() < config_.window;
      const bool is_waiting = !pending_.empty();
      if (!child_.wait(wants_items, watch_.timeout(is_waiting))) watch_.check(child_.pid());
      const bool gone = child_.is_gone();
      if (gone) child_.await_end();
      // Half a line of one that was killed is no answer.
      read_answers(gone && child_.has_ended_well());
      if (!gone) continue;
      name_current();  // it is charged with this death
      end_with_child(context_, child_, "the worker process is gone before its work was");
    }
    finish();
  }

 private:
  struct Pending {
    WorkItem item;
    bool was_sent = false;
  };

  // False once END has come and everything is answered.
  bool take_items() {
    WorkItem item;
    while (!ended_ && pending_.size() < config_.window) {
      const Port::Take got = port_.try_take(item);
      if (got == Port::Take::Empty) break;
      if (got == Port::Take::End) {
        ended_ = true;
        child_.end_input();  // a child that writes only at the end of its input does it now
        break;
      }
      const bool fits = item.bytes.find('\n') == std::string_view::npos;
      if (fits) {
        child_.send(item.bytes);
        child_.send("\n");
      }
      pending_.push_back({item, fits});
    }
    fail_unsent();
    name_current();
    return !ended_ || !pending_.empty();
  }

  void fail_unsent() {
    while (!pending_.empty() && !pending_.front().was_sent) {
      port_.fail(pending_.front().item,
                 make_failure("an item with a newline does not fit the lines protocol; use protocol json", child_.pid(),
                              true));
      pending_.pop_front();
      is_named_ = false;
    }
  }

  void name_current() {
    if (pending_.empty() || std::exchange(is_named_, true)) return;
    port_.set_current(pending_.front().item);  // its clock starts
  }

  // `at_end`: a last line without its newline counts too.
  void read_answers(bool at_end) {
    port_.open_batch();  // they came in together
    std::string_view line;
    while (child_.next_line(line, at_end)) answer(line);
    // Of a line that is too long already, nothing but its end matters.
    if (child_.unfinished() > context_.spec.max_item_bytes) {
      overlong_ = true;
      child_.drop_unfinished();
    }
    port_.close_batch();
  }

  void answer(std::string_view line) {
    if (pending_.empty()) {
      port_.close_batch();
      unasked(printable(line, kMaxShown));
    }
    watch_.heard();
    const WorkItem& item = pending_.front().item;
    if (overlong_ || line.size() > context_.spec.max_item_bytes) {
      port_.fail(item, make_failure(fmt::format("its answer is longer than {} bytes (max_item_bytes)",
                                                context_.spec.max_item_bytes),
                                    child_.pid()));
    } else {
      port_.answer(item, line);
    }
    overlong_ = false;
    is_named_ = false;
    pending_.pop_front();
    fail_unsent();
  }

  // Which of its lines was the one too many nobody knows: the answers before it may be those of other items.
  [[noreturn]] void unasked(std::string_view text) {
    throw AnswersInDoubt(
        fmt::format("process {} said a line that no item asked for, so its answers may be those of other items "
                    "(one line per item, nothing else on stdout): {}",
                    child_.pid(), text));
  }

  void finish() {
    child_.end_input();
    const ProcessEnd end = child_.join(patience_of(context_.spec.stage));
    if (!child_.said_last().empty()) unasked(child_.said_last());
    if (!end.is_success())
      context_.log.note(fmt::format("process {} {} after its last answer", child_.pid(), describe(end)));
  }

  WorkContext& context_;
  Port& port_;
  const WorkerWork& config_;
  StayingChild child_;
  SilenceWatch watch_;
  std::deque<Pending> pending_;  // in the order of their taking
  bool is_named_ = false;        // the first one is the port's current item
  bool ended_ = false;
  bool overlong_ = false;
};

}  // namespace

void run_lines_child(WorkContext& context) { LinesChild(context).run(); }

}  // namespace pooltop
