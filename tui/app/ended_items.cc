// SPDX-License-Identifier: MIT
#include "tui/app/ended_items.h"

#include <exception>
#include <variant>

#include "engine/base/text.h"
#include "engine/model/item_match.h"
#include "tui/app/item_answers.h"

namespace pooltop {
namespace {

std::uint64_t number_of(const ControlRequest& request, std::string_view key) {
  for (const auto& [name, value] : request.params)
    if (const auto* number = std::get_if<std::int64_t>(&value); number && name == key && *number > 0)
      return static_cast<std::uint64_t>(*number);
  return 0;
}

std::string text_in(const ControlRequest& request, std::string_view key) {
  for (const auto& [name, value] : request.params)
    if (const auto* text = std::get_if<std::string>(&value); text && name == key) return *text;
  return "";
}

bool only_looks(const ControlRequest& request) {
  return request.command == "failed" && !request.params.empty() && request.params[0].first == "offset";
}

}  // namespace

Answered EndedItems::way(const ControlRequest& request) {
  Answered answer;
  answer.id = request.id;
  try {
    if (const auto item = pages_.find(text_in(request, "stage"), text_in(request, "item_id")))
      answer.way = way_of(*item);
    else
      answer.error = "the run has ended, and it is not among the failed items: of the others nothing is kept";
  } catch (const std::exception& error) {
    answer.error = printable(error.what());
  }
  return answer;
}

Answered EndedItems::answer(const ControlRequest& request) {
  Answered answer;
  answer.id = request.id;
  if (request.command == "retrying") {
    answer.page.emplace();
    return answer;
  }
  if (request.command == "item" && !file_.empty()) return way(request);
  if (file_.empty() || !only_looks(request)) {
    answer.error = "the run has ended";
    return answer;
  }
  try {
    const std::uint64_t offset = number_of(request, "offset");
    const std::uint64_t limit = number_of(request, "limit");
    const std::string match = text_in(request, "match");
    const FailedPages::Page page = ItemMatch(match).is_empty()
                                       ? pages_.read(offset, limit, "", FailedPages::Detail::Brief)
                                       : pages_.search(offset, limit, "", match);
    answer.page.emplace().total = page.total;
    answer.page->searched = page.searched;
    answer.page->records = page.records;
    for (const FailedItem& item : page.items) answer.page->rows.push_back(failed_row(item));
  } catch (const std::exception& error) {
    answer.page.reset();
    answer.error = printable(error.what());
  }
  return answer;
}

}  // namespace pooltop
