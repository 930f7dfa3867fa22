// SPDX-License-Identifier: MIT
#include "tui/state/item_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/base/units.h"
#include "tui/state/way_words.h"
#include "tui/theme/cells.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostItemLines = 6;  // of one that is long

class ItemPage {
 public:
  explicit ItemPage(const UiState& state) : cells_(std::max(1, state.cols - kItemLineText)), charset_(state.charset) {}

  void add(std::string_view what, std::string_view text, Role role, std::size_t most = 4) {
    const auto parts = broken(text, cells_, charset_);
    for (std::size_t i = 0; i < parts.size() && i < most; ++i)
      lines_.push_back({i == 0 ? std::string(what) : "", std::string(parts[i]), role});
    if (parts.size() > most)
      lines_.back().text = std::string(cut_end(lines_.back().text, cells_ - 3, charset_)) + "...";
  }
  /// Broken between words.
  void add_words(std::string_view what, std::string_view text, Role role) {
    bool first = true;
    while (first || !text.empty()) {
      std::string_view part = cut_end(text, cells_, charset_);
      if (part.empty() && !text.empty()) break;  // one character is wider than the line
      const std::size_t space = part.size() < text.size() ? part.rfind(' ') : std::string_view::npos;
      if (space != std::string_view::npos && space > 0) part = part.substr(0, space);
      lines_.push_back({first ? std::string(what) : "", std::string(part), role});
      text.remove_prefix(part.size());
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      first = false;
    }
  }
  [[nodiscard]] std::vector<ItemLine> take() { return std::move(lines_); }

 private:
  int cells_;
  Charset charset_;
  std::vector<ItemLine> lines_;
};

Role role_of(const ItemNow& now) {
  if (now.state == "failed") return Role::Error;
  if (now.state == "done") return Role::Good;
  if (now.state == "retrying") return Role::Backoff;
  return now.state == "in_work" ? Role::Busy : Role::Text;
}

Role role_of(const ItemTry& one) {
  if (one.end == "done") return Role::Good;
  const bool is_its_fault = one.end == "failed" || one.end == "timed_out" || one.end == "crashed";
  return is_its_fault ? Role::Error : Role::Warning;
}

// "12:00:41" of "2026-01-31T12:00:41.120Z".
std::string clock_of(const std::string& time) { return printable(time.size() >= 19 ? time.substr(11, 8) : time, 32); }

void add_written(const std::string& text, ItemPage& page) {
  std::string_view rest = text;
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  bool first = true;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    page.add(first ? "stderr" : "", printable(rest.substr(0, end)), Role::Dim);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    first = false;
  }
}

// The reason, unless the line above it or the program's own words say the same: "exited with 3: giving up".
std::string reason_not_said(const ItemTry& one) {
  std::string reason = reason_of(one);
  const std::string status = one.exit ? fmt::format("exited with {}", *one.exit) : "";
  if (!status.empty() && reason.starts_with(status)) reason.erase(0, status.size());
  if (reason.starts_with(": ")) reason.erase(0, 2);
  const bool is_signal = one.signal && reason.starts_with("ended by SIG") && reason.find(' ', 9) == std::string::npos;
  const bool is_written = printable(one.standard_error).find(reason) != std::string::npos;
  return is_signal || is_written ? "" : reason;
}

void add_try(const ItemTry& one, ItemPage& page) {
  std::string text = one.started_at.empty() ? "" : clock_of(one.started_at) + "  ";
  if (one.after_retry) text += "given back, then ";
  text += describe_try(one);
  if (one.pid != 0) text += fmt::format("  at {}", one.pid);
  if (one.child_pid && *one.child_pid != one.pid) text += fmt::format(" (child {})", *one.child_pid);
  if (one.slot) text += fmt::format(" slot {}", *one.slot);
  page.add_words(fmt::format("try {}", one.attempt), text, role_of(one));
  if (const std::string reason = reason_not_said(one); !reason.empty()) page.add_words("", reason, role_of(one));
  add_written(one.standard_error, page);
}

}  // namespace

std::vector<ItemLine> item_lines(const UiState& state) {
  const ItemState& item = state.item;
  ItemPage page(state);
  const std::string& text = item.way ? item.way->item : item.text;
  page.add("item", text.empty() ? "\"\"" : printable(text), Role::Text, kMostItemLines);
  if (!item.refused.empty()) page.add("", printable(item.refused), item.way ? Role::Warning : Role::Error);
  if (!item.way) {
    if (state.replay)
      page.add("", "a recording has no items", Role::Dim);
    else if (item.refused.empty())
      page.add("", "looking ..", Role::Dim);
    return page.take();
  }
  const ItemWay& way = *item.way;
  page.add("", fmt::format("{} byte{}", way.bytes, way.bytes == 1 ? "" : "s"), Role::Dim);
  page.add_words("now", describe_now(way.now), role_of(way.now));
  const bool says_more = way.now.state == "failed" && (way.tries.empty() || way.tries.back().error != way.now.error);
  if (says_more && !way.now.error.empty()) page.add("", printable(way.now.error, 400), Role::Error);
  page.add("", "", Role::Text);
  if (way.tries.empty()) page.add("tries", "none has ended so far", Role::Dim);
  for (auto one = way.tries.rbegin(); one != way.tries.rend(); ++one) add_try(*one, page);
  if (way.tries_left_out > 0)
    page.add("", fmt::format("{} more before {}", way.tries_left_out, way.tries_left_out == 1 ? "that" : "these"),
             Role::Dim);
  return page.take();
}

}  // namespace pooltop
