// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace pooltop {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Walks the tokens of a text that is known to be JSON with comments: a bracket, a text in its quotes, or a word.
class TokenFinder {
 public:
  TokenFinder(std::string_view text, std::size_t begin) : text_(text), begin_(begin), end_(begin) {}

  /// Where the next token begins; the text's end if there is none.
  [[nodiscard]] std::size_t peek() const {
    std::size_t i = end_;
    while (i < text_.size()) {
      if (text_.substr(i, 2) == "//")
        i = std::min(text_.find_first_of("\r\n", i), text_.size());
      else if (text_.substr(i, 2) == "/*")
        i = std::min(text_.find("*/", i + 2), text_.size() - 2) + 2;
      else if (std::string_view(" \t\r\n,:").find(text_[i]) != std::string_view::npos)
        ++i;
      else
        break;
    }
    return i;
  }
  /// Goes on to the next token: its text; empty at the end.
  std::string_view next() {
    const std::size_t begin = peek();
    end_ = begin;
    if (begin == text_.size()) return {};
    if (text_[begin] == '"')
      for (++end_; end_ < text_.size() && text_[end_] != '"'; ++end_) end_ += text_[end_] == '\\' ? 1 : 0;
    else if (std::string_view("[]{}").find(text_[begin]) == std::string_view::npos)
      while (end_ + 1 < text_.size() && is_word(text_[end_ + 1])) ++end_;
    end_ = std::min(end_ + 1, text_.size());
    begin_ = begin;
    return text_.substr(begin, end_ - begin);
  }
  /// Where the token of the last next() begins and ends.
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return end_; }

 private:
  static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '+' ||
           c == '-';
  }

  std::string_view text_;
  std::size_t begin_;
  std::size_t end_;
};

}  // namespace pooltop
