// SPDX-License-Identifier: MIT
#include "engine/config/json_document.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/texts.h"

using namespace pooltop;
using pooltop::testing::has;

namespace {

// "LINE:COLUMN POINTER: MESSAGE" of the one error that `text` has.
std::string error_of(std::string_view text) {
  const JsonDocument document = parse_json(text);
  REQUIRE(document.errors.size() == 1);
  const JsonError& error = document.errors[0];
  return fmt::format("{}:{} {}: {}", error.at.line, error.at.column, error.pointer, error.message);
}

std::string place_of(const JsonValue& root, std::string_view pointer) {
  const JsonMember top;
  const JsonMember& member = root.nearest(pointer, top);
  return fmt::format("{}:{} {}:{}", member.key_at.line, member.key_at.column, member.value.at.line,
                     member.value.at.column);
}

}  // namespace

TEST_CASE(
    "config: every value and key of a document has its line and column, past comments, tabs and wide characters") {
  const std::string text =
      "\xef\xbb\xbf// a comment, with [ and \"\n{\"a\": [1, -2.5e3, \"x\\\"]\", {}], /* and */ \"\xc3\xbc\": "
      "\"\xe2\x82\xac\", \"b/c~\"\n"
      "\t:  {\"d\":true,\"e\":null}}";

  const JsonDocument document = parse_json(text);

  REQUIRE(document.errors.empty());
  const JsonValue& root = document.root;
  CHECK(root.at.line == 2);
  CHECK(root.at.column == 1);
  CHECK(place_of(root, "/a") == "2:2 2:7");
  CHECK(place_of(root, "/a/1") == "2:11 2:11");
  CHECK(place_of(root, "/a/2") == "2:19 2:19");
  CHECK(place_of(root, "/a/3") == "2:27 2:27");
  CHECK(place_of(root, "/\xc3\xbc") == "2:42 2:47");
  CHECK(place_of(root, "/b~1c~0") == "2:52 3:5");
  CHECK(place_of(root, "/b~1c~0/e") == "3:15 3:19");
  CHECK(place_of(root, "/b~1c~0/none/more") == "2:52 3:5");  // the nearest there is
}

TEST_CASE("config: a document goes back to compact JSON with its numbers as they were written") {
  const std::string compact =
      R"({"a":[1,18446744073709551615,-9223372036854775808,1.10,1E3,0.1],"b":"\u0000\u001b€","c":null})";

  const JsonDocument document = parse_json("// x\n" + compact + " ");

  CHECK(document.errors.empty());
  CHECK(compact_json(document.root) == compact);
}

TEST_CASE("config: text that is empty or blank is refused as an empty config") {
  CHECK(error_of("") == "1:1 : empty config");
  CHECK(error_of(" \n\t\r\n") == "1:1 : empty config");
  CHECK(error_of("\xef\xbb\xbf") == "1:1 : empty config");
}

TEST_CASE("config: a comment ends with its line, where lines end with a carriage return alone too") {
  const JsonDocument document = parse_json("// a\r[ // b\r\n 5]");

  REQUIRE(document.errors.empty());
  CHECK(document.root.members->at(0).value.text == "5");
  CHECK(document.root.members->at(0).value.at.line == 2);
}

TEST_CASE("config: a NUL byte is refused where it stands, also behind the end and in a comment") {
  CHECK(error_of(std::string("{}\n \0 {}", 8)) == "2:2 : not JSON: a NUL byte");
  CHECK(error_of(std::string("// \0\n{}", 7)) == "1:4 : not JSON: a NUL byte");
  CHECK(error_of(std::string("[\"\0\"]", 5)) == "1:3 : not JSON: a NUL byte");
}

TEST_CASE("config: text of comments alone is refused where it ends") {
  CHECK(has(error_of("// nothing\n"), "2:1 : not JSON"));
}

TEST_CASE("config: a trailing comma is refused at the bracket behind it, with that hint") {
  CHECK(has(error_of("{\"a\": 1,\n}"), "2:1 : not JSON: parsing object key"));
  CHECK(has(error_of("{\"a\": 1,\n}"), "no comma before it"));
  CHECK(has(error_of("{\"a\": [1, 2, ]}"), "1:14 /a: not JSON"));
}

TEST_CASE("config: text after the end of the document is refused where it begins") {
  CHECK(has(error_of("{}\n  {}"), "2:3 : not JSON"));
  CHECK(has(error_of("{} x"), "expected end of input"));
}

TEST_CASE("config: single quotes are refused with the hint that texts stand in double quotes") {
  CHECK(has(error_of("{'a': 1}"), "1:2 : not JSON"));
  CHECK(has(error_of("{'a': 1}"), "double quotes"));
  CHECK(has(error_of("{\"a\": 'b'}"), "double quotes"));
}

TEST_CASE("config: a text that never ends is refused") {
  CHECK(has(error_of("{\"a\": \"bc"), "missing closing quote"));
}

TEST_CASE("config: a raw control character in a text is refused at its place") {
  const std::string error = error_of("{\"a\": \"b\x01\"}");
  CHECK(has(error, "1:9 : not JSON"));
  CHECK(has(error, "must be escaped"));
  CHECK(error.find('\x01') == error.npos);
}

TEST_CASE("config: NaN, Infinity, True and None are refused with what JSON has instead") {
  CHECK(has(error_of("{\"a\": NaN}"), "1:7"));
  CHECK(has(error_of("{\"a\": NaN}"), "NaN and Infinity"));
  CHECK(has(error_of("{\"a\": Infinity}"), "NaN and Infinity"));
  CHECK(has(error_of("{\"a\": -Infinity}"), "expected digit"));
  CHECK(has(error_of("{\"a\": True}"), "small letters"));
}

TEST_CASE("config: numbers that would lose digits are refused, those at the limits of 64 bits are not") {
  CHECK(error_of("{\"a\": 1e400}") == "1:7 /a: number out of range: 1e400 is beyond a double");
  CHECK(has(error_of("{\"a\": [0, 99999999999999999999]}"), "1:11 /a/1: number out of range: 99999999999999999999"));
  CHECK(has(error_of("[18446744073709551616]"), "does not fit 64 bits"));
  CHECK(has(error_of("[-9223372036854775809]"), "does not fit 64 bits"));
  CHECK(parse_json("[18446744073709551615, -9223372036854775808, 1e308]").errors.empty());
  CHECK(parse_json("[1e400, 2, 99999999999999999999]").errors.size() >= 1);
}

TEST_CASE("config: a number with a leading zero is refused") {
  CHECK(has(error_of("{\"a\": 012}"), "1:9 : not JSON"));
  CHECK(has(error_of("{\"a\": 012}"), "no zero before a number"));
}

TEST_CASE("config: a number longer than 64 characters is refused, ten million digits too") {
  const std::string exact = "0." + std::string(62, '1');
  CHECK(parse_json("[" + exact + "]").errors.empty());
  CHECK(error_of("[" + exact + "1]") == "1:2 /0: number longer than 64 characters");
  CHECK(error_of("{\"a\": " + std::string(10'000'000, '7') + "}") == "1:7 /a: number longer than 64 characters");
}

TEST_CASE("config: a number of thousands of digits is refused for its length, however it goes on") {
  const std::string digits(5000, '7');
  for (const std::string& number :
       {digits, "-" + digits, "0." + digits, digits + "e5", "1e" + digits, "1e-" + digits, digits + "x",
        digits.substr(0, 62) + "e+" + digits, digits.substr(0, 63) + "e" + digits})
    CHECK(error_of("// 1\n{\"b\": [1, " + number + "], \"b\": }") == "2:11 /b/1: number longer than 64 characters");
  CHECK(has(error_of("[1, x, " + digits + "]"), "1:5 : not JSON"));
  CHECK(parse_json("[\"" + digits + "\", \"" + digits + "\", 1] // " + digits).errors.empty());
  CHECK(parse_json("[\"" + digits + "\", 1] // " + digits).is_whole);
}

TEST_CASE("config: half a surrogate pair is refused") {
  CHECK(has(error_of(R"({"a": "\ud800"})"), "surrogate"));
  CHECK(has(error_of(R"({"a": "\udc00"})"), "surrogate"));
  CHECK_FALSE(has(error_of(R"({"a": "\udc00"})"), "no zero"));  // what is wrong is no number
}

TEST_CASE("config: a byte that is not UTF-8 is refused at its place, in texts and in comments") {
  CHECK(error_of("{\"\xc3\xbc\": \"\xff\"}") == "1:8 : byte 0xff is not UTF-8");
  CHECK(error_of("// \xc3(\n{}") == "1:4 : byte 0xc3 is not UTF-8");
}

TEST_CASE("config: UTF-16, with its mark and without, is refused with the hint to save as UTF-8") {
  CHECK(has(error_of("\xff\xfe{\0}\0"), "save as UTF-8"));
  CHECK(has(error_of(std::string("\0{\0}", 4)), "save as UTF-8"));
  CHECK(has(error_of(std::string("{\0}\0", 4)), "save as UTF-8"));
}

TEST_CASE("config: nesting of 64 is read, of 65 and of 100,000 refused") {
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };

  CHECK(parse_json(nested(64, "{\"a\":", "}")).errors.empty());
  CHECK(has(error_of(nested(65, "{\"a\":", "}")), "nested deeper than 64"));
  CHECK(has(error_of(nested(65, "[", "]")), "1:65"));
  CHECK(has(error_of(std::string(100'000, '[')), "nested deeper than 64"));
}

TEST_CASE("config: a text beyond 16 MiB is refused, one of exactly that is read") {
  CHECK(parse_json("[]" + std::string(kMaxConfigBytes - 2, ' ')).errors.empty());
  CHECK(error_of("[]" + std::string(kMaxConfigBytes - 1, ' ')) == "1:1 : config larger than 16 MiB");
}

TEST_CASE("config: a key given twice is refused at the second, naming both lines") {
  CHECK(error_of("{\"a\": {\n\"workers\": 1,\n\"x\": 2,\n \"workers\": 3}}") ==
        "4:2 /a/workers: key \"workers\" given twice (line 2 and 4)");
  CHECK(parse_json(R"([{"a": 1, "a": 2, "a": 3}, {"a": 1}, {"b": {}, "b": {}}])").errors.size() == 3);
}
