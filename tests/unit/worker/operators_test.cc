// SPDX-License-Identifier: MIT
#include "engine/worker/operators.h"

#include <doctest/doctest.h>

#include "engine/base/clock.h"
#include "engine/config/operators.h"
#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

namespace {

struct Result {
  std::vector<std::string> outputs;
  std::string error;
};

Result apply(Operator& op, std::string_view item) {
  Answer answer;
  op.apply(item, answer);
  Result result;
  result.outputs.assign(answer.outputs.begin(), answer.outputs.end());
  if (answer.failure()) result.error = answer.failure()->error;
  return result;
}

Result apply(const std::string& name, std::string_view item, const std::string& args = "{}") {
  return apply(*make_operator(name, args, 1 << 20), item);
}

std::string one(const std::string& name, std::string_view item, const std::string& args = "{}") {
  const Result result = apply(name, item, args);
  CHECK(result.error == "");
  REQUIRE(result.outputs.size() == 1);
  return result.outputs[0];
}

std::string error(const std::string& name, std::string_view item, const std::string& args = "{}") {
  const Result result = apply(name, item, args);
  CHECK(result.outputs.empty());
  return result.error;
}

}  // namespace

TEST_CASE("worker: every operator that a config may name can be made") {
  for (const OperatorInfo& info : operators()) {
    std::string args = "{}";
    if (info.name == "sleep") args = R"({"seconds":0})";
    if (info.name == "match") args = R"({"regex":"a"})";
    if (info.name == "json_pick") args = R"({"pointer":""})";
    if (info.name == "fail") args = R"({"every":2})";
    CHECK_NOTHROW(static_cast<void>(make_operator(info.name, args, 1000)));
  }
  CHECK_THROWS_WITH(static_cast<void>(make_operator("squere", "{}", 1000)), "there is no operator \"squere\"");
  CHECK_THROWS_WITH(static_cast<void>(make_operator("match", R"({"regex":"("})", 1000)),
                    doctest::Contains("operator match"));
  CHECK_THROWS_WITH(static_cast<void>(make_operator("fail", R"({"every":0})", 1000)), doctest::Contains("\"every\""));
  CHECK_THROWS_WITH(static_cast<void>(make_operator("sleep", R"({"min":2,"max":1})", 1000)),
                    doctest::Contains("\"max\""));
}

TEST_CASE("worker: number operators are exact up to 64 bits and fail items beyond them") {
  CHECK(one("square", "12") == "144");
  CHECK(one("square", "-3037000499") == "9223372030926249001");
  CHECK(error("square", "3037000500") == "its square does not fit a 64-bit integer: \"3037000500\"");
  CHECK(one("double", "-4611686018427387904") == "-9223372036854775808");
  CHECK(error("double", "4611686018427387904") == "its double does not fit a 64-bit integer: \"4611686018427387904\"");
  CHECK(error("double", "9223372036854775808") == "does not fit a 64-bit integer: \"9223372036854775808\"");
  for (const char* bad : {"", " 1", "1 ", "+1", "0x10", "1.0", "one", "1e3", "--1"})
    CHECK(error("square", bad) == std::string("not an integer: \"") + bad + "\"");
  CHECK(error("square", "\x1b[31m1\n") == "not an integer: \"\\x1b[31m1\\n\"");
}

TEST_CASE("worker: sum_range adds a range and refuses sums that do not fit") {
  CHECK(one("sum_range", "[0, 100000]") == "4999950000");
  CHECK(one("sum_range", "[5,5]") == "0");
  CHECK(one("sum_range", " [7,\n3] ") == "0");
  CHECK(one("sum_range", "[-3,2]") == "-5");
  CHECK(one("sum_range", "[9223372036854775806,9223372036854775807]") == "9223372036854775806");
  CHECK(error("sum_range", "[0,9223372036854775807]") ==
        "the sum does not fit a 64-bit integer: \"[0,9223372036854775807]\"");
  CHECK(error("sum_range", "[-9223372036854775808,9223372036854775807]").starts_with("the sum does not fit"));
  for (const char* bad : {"", "1", "[1]", "[1,2,3]", "{}", "[1,2"}) CHECK(error("sum_range", bad).starts_with("not a"));
  CHECK(error("sum_range", "[1,2.5]").starts_with("not an integer"));
  CHECK(error("sum_range", "[\"1\",2]").starts_with("not an integer"));
}

TEST_CASE("worker: count_words counts what stands between blanks") {
  CHECK(one("count_words", "") == "0");
  CHECK(one("count_words", " \t\n\v\f\r") == "0");
  CHECK(one("count_words", "a") == "1");
  CHECK(one("count_words", "  one two\nthree\t") == "3");
}

TEST_CASE("worker: match passes on what matches, drops the rest, and takes items of any size") {
  CHECK(one("match", "foobar", R"({"regex":"o+b"})") == "foobar");
  CHECK(apply("match", "fobar", R"({"regex":"^o"})").outputs.empty());
  CHECK(one("match", "a\nb", R"({"regex":"b$"})") == "a\nb");
  CHECK(one("match", "abab", R"({"regex":"(ab)\\1"})") == "abab");

  const std::string large(1 << 20, 'x');
  CHECK(one("match", large + "y", R"({"regex":"x*y"})").size() == large.size() + 1);
  CHECK(error("match", large, R"({"regex":"(x)\\1"})").starts_with("longer than 16 KiB"));
  // Exponential for a backtracking matcher.
  CHECK(apply("match", std::string(40, 'a') + "!", R"({"regex":"^(a|a)*$"})").outputs.empty());
}

TEST_CASE("worker: split_lines makes an item of each line") {
  using Lines = std::vector<std::string>;
  CHECK(apply("split_lines", "").outputs.empty());
  CHECK(apply("split_lines", "a\nb").outputs == Lines{"a", "b"});
  CHECK(apply("split_lines", "a\n\nb\n").outputs == Lines{"a", "", "b"});
  CHECK(apply("split_lines", "\n").outputs == Lines{""});
}

TEST_CASE("worker: json_pick takes a value as it was written") {
  const std::string json = R"({"a": {"b": [1, 12345678901234567890123, {"c/d": "x\ny", "~": 0.10}]}})";
  CHECK(one("json_pick", json, R"({"pointer":"/a/b/1"})") == "12345678901234567890123");
  CHECK(one("json_pick", json, R"({"pointer":"/a/b/2/c~1d"})") == "x\ny");
  CHECK(one("json_pick", json, R"({"pointer":"/a/b/2/~0"})") == "0.10");
  CHECK(one("json_pick", json, R"({"pointer":"/a/b/2"})") == R"({"c/d":"x\ny","~":0.10})");
  CHECK(error("json_pick", json, R"({"pointer":"/a/b/3"})").starts_with("nothing at /a/b/3: "));
  CHECK(error("json_pick", json, R"({"pointer":"/a/b/01"})").starts_with("nothing at"));
  CHECK(error("json_pick", "{", R"({"pointer":""})") == "not JSON: \"{\"");
}

TEST_CASE("worker: read_file gives a file's bytes and fails items that name none") {
  const TestFolder folder;
  const std::string content = std::string("a\0b\n", 4);
  CHECK(one("read_file", folder.write("f", content)) == content);
  CHECK(one("read_file", folder.write("empty", "")) == "");
  CHECK(error("read_file", folder / "none").starts_with("No such file or directory: "));
  CHECK(error("read_file", folder.path()).starts_with("Is a directory: "));
  CHECK(error("read_file", std::string("a\0b", 3)).starts_with("no path: it holds a NUL byte"));
  CHECK(error("read_file", folder.write("large", std::string((1 << 20) + 1, 'x'))).starts_with("larger than max_item"));
}

TEST_CASE("worker: fail fails each n-th item, sleep waits at least as long as it is told") {
  const auto fail = make_operator("fail", R"({"every":3})", 1000);
  std::string seen;
  for (int i = 0; i < 7; ++i) seen += apply(*fail, "x").error.empty() ? '.' : 'F';
  CHECK(seen == "..F..F.");

  const Nanos begin = monotonic_now();
  CHECK(one("sleep", "x", R"({"min":0.02,"max":0.03})") == "x");
  CHECK(monotonic_now() - begin >= 20 * kMillisecond);
}

TEST_CASE("worker: a native operator answers all items of a stream, whatever bytes they hold") {
  std::vector<std::string> items = hard_items();
  for (int i = 0; i < 5000; ++i) items.push_back(std::to_string(i));
  items.emplace_back(16 << 20, 'L');
  items.emplace_back("after");
  WorkerHarness worker(op_spec("identity"));

  const auto answers = worker.run(items);

  REQUIRE(answers.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    REQUIRE(answers[i].outputs.size() == 1);
    CHECK((answers[i].outputs[0] == items[i]));
  }
  CHECK(worker.has_ended);
}

TEST_CASE("worker: an operator's failures and drops are told item by item") {
  WorkerHarness worker(op_spec("square"));

  const auto answers = worker.run({"2", "x", "3"});

  REQUIRE(answers.size() == 3);
  CHECK(answers[0].outputs == std::vector<std::string>{"4"});
  REQUIRE(answers[1].failure.has_value());
  CHECK(answers[1].failure->error == "not an integer: \"x\"");
  CHECK(answers[2].outputs == std::vector<std::string>{"9"});
}

TEST_CASE("worker: an operator that cannot be made ends its worker with 1 and says why in the log") {
  WorkerHarness worker(op_spec("no_such"));

  CHECK(worker.wait_exit().code == 1);
  CHECK(worker.log().find(" note there is no operator \"no_such\"") != std::string::npos);
}
