// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace pooltop {

/// How well `typed` fits `text`: its characters in their order, not side by side of necessity, ASCII letters of either
/// case. Higher is better: words that begin with what was typed, runs of characters, few that were passed over. nullopt
/// if it does not fit. Empty `typed` fits everything alike. Spaces in `typed` separate words that may stand anywhere.
[[nodiscard]] std::optional<int> fuzzy_score(std::string_view text, std::string_view typed);

}  // namespace pooltop
