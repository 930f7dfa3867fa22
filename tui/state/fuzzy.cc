// SPDX-License-Identifier: MIT
#include "tui/state/fuzzy.h"

#include <algorithm>
#include <cstddef>

#include "engine/base/text.h"

namespace pooltop {
namespace {

constexpr int kWordStart = 8;
constexpr int kNext = 5;  // right behind the one before
constexpr int kPassed = -1;
constexpr int kMostPassed = -10;

bool starts_word(std::string_view text, std::size_t at) {
  return at == 0 || text[at - 1] == ' ' || text[at - 1] == '-' || text[at - 1] == '/';
}

std::optional<int> score_from(std::string_view text, std::size_t begin, std::string_view word) {
  int score = 0;
  std::size_t at = begin;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::size_t from = at;
    while (at < text.size() && to_lower(text[at]) != to_lower(word[i])) ++at;
    if (at == text.size()) return std::nullopt;
    if (starts_word(text, at)) score += kWordStart;
    if (i > 0 && at == from) score += kNext;
    if (i > 0) score += at - from > 10 ? kMostPassed : static_cast<int>(at - from) * kPassed;
    ++at;
  }
  return score;
}

// The best of all places where the first character stands.
std::optional<int> word_score(std::string_view text, std::string_view word) {
  std::optional<int> best;
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (to_lower(text[begin]) != to_lower(word[0])) continue;
    const auto score = score_from(text, begin, word);
    if (!score) break;  // further right there is only less to find
    if (!best || *score > *best) best = score;
  }
  return best;
}

}  // namespace

std::optional<int> fuzzy_score(std::string_view text, std::string_view typed) {
  int sum = 0;
  while (!typed.empty()) {
    const std::size_t end = std::min(typed.find(' '), typed.size());
    const std::string_view word = typed.substr(0, end);
    typed.remove_prefix(std::min(end + 1, typed.size()));
    if (word.empty()) continue;
    const auto score = word_score(text, word);
    if (!score) return std::nullopt;
    sum += *score;
  }
  return sum;
}

}  // namespace pooltop
