// SPDX-License-Identifier: MIT
#include "engine/base/terms.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace pooltop;

TEST_CASE("base: terms are separated by spaces; ! negates one, quotes keep its spaces") {
  const auto terms = split_terms("  one !two \"three four\" item:\"five six\" !\"seven");
  REQUIRE(terms.size() == 5);
  CHECK(terms[0].text == "one");
  CHECK(terms[1].text == "two");
  CHECK(terms[1].negated);
  CHECK(terms[2].text == "three four");
  CHECK(terms[2].quoted);
  CHECK(terms[3].text == "item:five six");
  CHECK_FALSE(terms[3].quoted);
  CHECK(terms[4].text == "seven");
  CHECK((terms[4].negated && terms[4].quoted));
  CHECK(split_terms("").empty());
  CHECK(split_terms("   ").empty());
}

TEST_CASE("base: a part is found in either case of ASCII letters, and nothing else is folded") {
  CHECK(has_part("Connection RESET by peer", "reset"));
  CHECK(has_part("abc", ""));
  CHECK_FALSE(has_part("ab", "abc"));
  CHECK_FALSE(has_part("\xc3\x84rger", "\xc3\xa4rger"));
}

TEST_CASE("base: a word for a shell is read back by the shell as it was") {
  for (const std::string word : {"plain-1.0", "two words", "it's", "$HOME `id` \"x\" \\", "", "!a;b&c|d", "*?[x]"}) {
    const std::string command = "printf %s " + shell_word(word);
    std::FILE* const shell = ::popen(command.c_str(), "r");
    REQUIRE(shell != nullptr);
    std::string read(256, '\0');
    read.resize(std::fread(read.data(), 1, read.size(), shell));
    CHECK(::pclose(shell) == 0);
    CHECK(read == word);
  }
  CHECK(shell_word("plain-1.0") == "plain-1.0");
}
