// SPDX-License-Identifier: MIT
#include "engine/model/item_match.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

const MatchedItem kItem{"fetch", "2988", "example.org/Slow.bin", "exit 56", "curl: (56) Recv failure"};

bool fits(std::string_view text) { return ItemMatch(text).fits(kItem); }

}  // namespace

TEST_CASE("model: a word fits what is in item, stage, error or stderr, in either case, or a whole id") {
  for (const char* text : {"slow", "SLOW.BIN", "fet", "56", "recv", "2988", "#2988", "\"exit 56\"", ""})
    CHECK_MESSAGE(fits(text), text);
  for (const char* text : {"298", "#298", "quick", "\"exit  56\""}) CHECK_FALSE_MESSAGE(fits(text), text);
}

TEST_CASE("model: a name in front looks in one place, ! turns a term round, all of them must be true") {
  for (const char* text : {"stage:fe", "id:2988", "id:#2988", "item:slow", "error:\"exit 56\"", "stderr:recv", "!quick",
                           "slow recv stage:fetch", "slow !item:curl"})
    CHECK_MESSAGE(fits(text), text);
  for (const char* text : {"stage:etch", "id:298", "item:curl", "error:recv", "!slow", "slow quick", "\"item:slow\""})
    CHECK_FALSE_MESSAGE(fits(text), text);
}

TEST_CASE("model: a term that is not finished yet leaves all, an unknown name is part of a word") {
  for (const char* text : {"stage:", "!", "\"", "item: slow"}) CHECK_MESSAGE(fits(text), text);
  CHECK(ItemMatch("error:").is_empty());
  CHECK_FALSE(fits("curl:x"));
  CHECK(fits("curl:"));  // what was written begins so
}
