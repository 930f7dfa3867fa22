// SPDX-License-Identifier: MIT
#include "engine/config/diff.h"

#include <doctest/doctest.h>

using namespace pooltop;

namespace {

constexpr std::string_view kHead = "--- a.json\n+++ a.json\n";

std::string numbered(int from, int to, int changed = 0) {
  std::string text;
  for (int i = from; i <= to; ++i) text += i == changed ? "changed\n" : std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("config: the diff of two texts that are the same is empty") {
  CHECK(unified_diff("a\nb\n", "a\nb\n", "a.json") == "");
  CHECK(unified_diff("", "", "a.json") == "");
}

TEST_CASE("config: a changed line is shown with three lines around it") {
  CHECK(unified_diff(numbered(1, 20), numbered(1, 20, 10), "a.json") ==
        std::string(kHead) + "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+changed\n 11\n 12\n 13\n");
}

TEST_CASE("config: changes that are near are one hunk, those that are far are two") {
  const std::string near = unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n", "a.json");
  CHECK(near == std::string(kHead) + "@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n");

  const std::string far = unified_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n", "a.json");
  CHECK(far == std::string(kHead) + "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n");
}

TEST_CASE("config: added and removed lines are counted apart") {
  CHECK(unified_diff("1\n2\n", "1\nnew\n2\n", "a.json") == std::string(kHead) + "@@ -1,2 +1,3 @@\n 1\n+new\n 2\n");
  CHECK(unified_diff("1\n2\n", "2\n", "a.json") == std::string(kHead) + "@@ -1,2 +1 @@\n-1\n 2\n");
  CHECK(unified_diff("", "1\n", "a.json") == std::string(kHead) + "@@ -0,0 +1 @@\n+1\n");
  CHECK(unified_diff("1\n", "", "a.json") == std::string(kHead) + "@@ -1 +0,0 @@\n-1\n");
}

TEST_CASE("config: a last line without its end is told, as patch wants it") {
  CHECK(unified_diff("{}", "{1}", "a.json") ==
        std::string(kHead) + "@@ -1 +1 @@\n-{}\n\\ No newline at end of file\n+{1}\n\\ No newline at end of file\n");
  CHECK(unified_diff("1\n2", "1\n2\n", "a.json") ==
        std::string(kHead) + "@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+2\n");
}

TEST_CASE("config: a diff goes from one text to the other whatever differs") {
  const std::string a = numbered(1, 60);
  for (const std::string& b :
       {numbered(5, 70), numbered(1, 30) + numbered(20, 60), std::string("x\n"), numbered(2, 59, 40)}) {
    CAPTURE(b);
    std::string before;
    std::string after;
    std::string_view diff;
    const std::string whole = unified_diff(a + b, b + a, "a.json");
    diff = whole;
    diff.remove_prefix(kHead.size());
    while (!diff.empty()) {
      const std::string_view line = diff.substr(0, diff.find('\n') + 1);
      if (line[0] != '+' && line[0] != '@') before += line.substr(1);
      if (line[0] != '-' && line[0] != '@') after += line.substr(1);
      diff.remove_prefix(line.size());
    }
    // What is left out is the same on both sides: what is shown must be found in both, in order.
    std::size_t at = 0;
    for (std::size_t i = 0; i < before.size(); i = before.find('\n', i) + 1) {
      const std::string line = before.substr(i, before.find('\n', i) + 1 - i);
      at = (a + b).find(line, at);
      REQUIRE(at != std::string::npos);
    }
    CHECK(after.size() - before.size() == (b + a).size() - (a + b).size());
  }
}
