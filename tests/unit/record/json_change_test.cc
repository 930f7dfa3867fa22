// SPDX-License-Identifier: MIT
#include "engine/record/json_change.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/model/snapshot_json.h"
#include "tests/unit/record/crawl_run.h"

namespace pooltop {
namespace {

using Json = nlohmann::ordered_json;

// What a reader has who knows `before`.
Json through(const Json& before, Json now) {
  std::string bytes;
  append_change(bytes, now, before);
  std::string_view rest = bytes;
  const Json read = read_change(rest, before);
  CHECK(rest.empty());
  CHECK(read == now);
  return read;
}

}  // namespace

TEST_CASE("record: every kind of JSON value comes back as it was, from nothing and from any other value") {
  const Json values[] = {nullptr,
                         true,
                         false,
                         0,
                         -7,
                         18446744073709551615u,
                         std::int64_t{-9223372036854775807},
                         0.25,
                         1e-9,
                         -3.125,
                         1e300,
                         "",
                         "text",
                         "te\xc3\xa4xt",
                         Json::array(),
                         Json::parse("[1,[2,[3]],{}]"),
                         Json::object(),
                         Json::parse(R"({"a":1,"b":{"c":[null,"x"]}})")};
  for (const Json& before : values)
    for (const Json& now : values) CHECK(through(before, now) == now);
}

TEST_CASE("record: a status object comes back member for member, whatever the one before was") {
  const Json first = to_json(crawl_at(1, 3));
  const Json later = to_json(crawl_at(500, 5));

  CHECK(through(nullptr, first) == first);
  CHECK(through(first, later) == later);
  CHECK(through(later, first) == first);
}

TEST_CASE("record: rows that stay as they are cost a byte each, and a list of them one in all") {
  Json rows = to_json(crawl_at(1, 100)).at("workers");
  std::string bytes;
  append_change(bytes, rows, Json());
  std::string same;
  append_change(same, rows, rows);
  CHECK(same.size() == 1);

  Json one = rows;
  one[50]["done"] = 1000000;
  std::string other;
  append_change(other, one, rows);
  CHECK(other.size() < 120);
}

TEST_CASE("record: what is no change is refused, however much it would unfold to") {
  const Json before = to_json(crawl_at(1, 20));
  std::string_view nothing;
  CHECK_THROWS_AS((void)read_change(nothing, before), BadRecording);
  for (const std::string& bytes : {std::string("\xff"), std::string("\x0a\xff\xff\xff\xff\x0f"), std::string(20, '\x0a'),
                                  std::string("\x09\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80")}) {
    std::string_view rest = bytes;
    CHECK_THROWS_AS((void)read_change(rest, before), BadRecording);
  }
  std::string bomb = "\x0a";
  append_varint(bomb, 100000);
  bomb += "\x0a";
  append_varint(bomb, 90000);
  bomb += std::string(200000, '\0');
  std::string_view rest = bomb;
  CHECK_THROWS_AS((void)read_change(rest, Json()), BadRecording);
}

}  // namespace pooltop
