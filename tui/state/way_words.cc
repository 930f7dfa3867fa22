// SPDX-License-Identifier: MIT
#include "tui/state/way_words.h"

#include <fmt/format.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/base/units.h"

namespace pooltop {

namespace {

constexpr std::size_t kErrorBytes = 400;

std::string signal_text(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

// How the process ended, where that is known.
std::string end_text(const ItemTry& one) {
  if (one.signal) return "killed by " + signal_text(*one.signal);
  return one.exit ? fmt::format("exit {}", *one.exit) : "failed";
}

std::string how(const ItemTry& one) {
  if (one.end == "done") return "done";
  if (one.end == "timed_out") return "killed by the timeout";
  if (one.end == "killed") return one.error == "failed by the user" ? "failed by you" : "killed by you";
  if (one.end == "restarted") return "its worker was restarted by you";
  if (one.end == "interrupted") return "its worker could not go on";
  if (one.end == "crashed")
    return one.error.empty() ? "its worker died" : "its worker died: " + printable(one.error, kErrorBytes);
  return end_text(one);
}

}  // namespace

std::string describe_try(const ItemTry& one) {
  return fmt::format("{} after {}", how(one), format_short(one.elapsed_s));
}

std::string reason_of(const ItemTry& one) {
  if (one.end != "failed" && one.end != "interrupted") return "";
  return one.error == end_text(one) ? "" : printable(one.error, kErrorBytes);
}

std::string try_of(const ItemNow& now) {
  if (now.max_attempts == 0) return fmt::format("{}", now.attempt);
  return fmt::format("{}/{}", now.attempt, now.max_attempts);
}

std::string describe_now(const ItemNow& now) {
  const std::string given_back = now.after_retry ? "given back by you; " : "";
  const std::string which = ", try " + try_of(now);
  const pid_t pid = now.pid.value_or(0);
  if (now.state == "queued") return fmt::format("{}waits in the queue{}", given_back, which);
  if (now.state == "in_work")
    return fmt::format("{}in work at {} for {}{}", given_back, pid, format_short(now.elapsed_s.value_or(0)), which);
  if (now.state == "handed")
    return fmt::format("{}with {}, behind the item that it works on{}", given_back, pid, which);
  if (now.state == "retrying") return fmt::format("retry in {}{}", format_short(now.next_try_s.value_or(0)), which);
  if (now.state == "held") return "waits for what comes before it in the order";
  if (now.state == "done") return fmt::format("done by {}", pid);
  if (now.state == "failed") return now.error == "failed by the user" ? "failed for good, by you" : "failed for good";
  return "where it is now is not known";
}

}  // namespace pooltop
