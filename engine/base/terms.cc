// SPDX-License-Identifier: MIT
#include "engine/base/terms.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace pooltop {

std::vector<Term> split_terms(std::string_view text) {
  std::vector<Term> all;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    Term term;
    if (text[at] == '!') {
      term.negated = true;
      ++at;
    }
    term.quoted = at < text.size() && text[at] == '"';
    bool inside = false;
    for (; at < text.size() && (inside || text[at] != ' '); ++at) {
      if (text[at] == '"')
        inside = !inside;
      else
        term.text += text[at];
    }
    all.push_back(std::move(term));
  }
  return all;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

bool has_part(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char any, char small) { return to_lower(any) == small; }) != text.end();
}

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:,+@%").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string_view("'\\''") : std::string_view(&c, 1);
  return out + "'";
}

}  // namespace pooltop
