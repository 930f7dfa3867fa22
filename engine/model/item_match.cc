// SPDX-License-Identifier: MIT
#include "engine/model/item_match.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/terms.h"

namespace pooltop {

namespace {

bool is_same(std::string_view text, std::string_view small) {
  return text.size() == small.size() && has_part(text, small);
}

bool is_id(std::string_view id, std::string_view small) {
  return is_same(id, small.starts_with('#') ? small.substr(1) : small);
}

}  // namespace

ItemMatch::ItemMatch(std::string_view text) {
  constexpr auto kNames = std::to_array<std::pair<std::string_view, Field>>({{"stage:", Field::Stage},
                                                                             {"id:", Field::Id},
                                                                             {"item:", Field::Item},
                                                                             {"error:", Field::Error},
                                                                             {"stderr:", Field::StandardError}});
  for (const Term& term : split_terms(text)) {
    One one{Field::Any, term.negated, lower_case(term.text)};
    for (const auto& [name, field] : kNames) {
      if (term.quoted || !one.text.starts_with(name)) continue;
      one.field = field;
      one.text.erase(0, name.size());
      break;
    }
    if (!one.text.empty()) terms_.push_back(std::move(one));  // else it is not finished yet
  }
}

bool ItemMatch::is_true(const One& term, const MatchedItem& item) {
  switch (term.field) {
    case Field::Stage:
      return item.stage.size() >= term.text.size() && is_same(item.stage.substr(0, term.text.size()), term.text);
    case Field::Id:
      return is_id(item.id, term.text);
    case Field::Item:
      return has_part(item.item, term.text);
    case Field::Error:
      return has_part(item.error, term.text);
    case Field::StandardError:
      return has_part(item.standard_error, term.text);
    case Field::Any:
      break;
  }
  return has_part(item.item, term.text) || has_part(item.error, term.text) ||
         has_part(item.standard_error, term.text) || has_part(item.stage, term.text) || is_id(item.id, term.text);
}

bool ItemMatch::fits(const MatchedItem& item) const {
  return std::all_of(terms_.begin(), terms_.end(),
                     [&](const One& term) { return is_true(term, item) != term.negated; });
}

}  // namespace pooltop
