// SPDX-License-Identifier: MIT
#include "tui/term/mouse_report.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace pooltop {
namespace {

using Form = MouseReport::Form;
using Progress = MouseReport::Progress;

struct Read {
  Progress progress = Progress::GoesOn;
  std::size_t taken = 0;  // bytes, the last one included
  std::optional<MouseInput> input;
};

Read read(std::string_view bytes, Form form = Form::Sgr) {
  MouseReport report(form);
  Read out;
  for (const char byte : bytes) {
    if (out.progress != Progress::GoesOn) break;
    out.progress = report.take(static_cast<unsigned char>(byte));
    ++out.taken;
  }
  if (out.progress == Progress::Ended) out.input = report.input();
  return out;
}

}  // namespace

TEST_CASE("term: a report names the button and the cell, which count from 0 here") {
  CHECK(read("0;1;1M").input == MouseInput{MouseButton::Left, 0, 0});
  CHECK(read("0;10;5M").input == MouseInput{MouseButton::Left, 4, 9});
  CHECK(read("64;200;60M").input == MouseInput{MouseButton::WheelUp, 59, 199});
  CHECK(read("65;300;2M").input == MouseInput{MouseButton::WheelDown, 1, 299});
  CHECK(read("00000;00010;00005M").input == MouseInput{MouseButton::Left, 4, 9});
}

TEST_CASE("term: what is of no use is read to its end, and nothing comes of it") {
  for (const std::string_view report : {"0;10;5m", "1;10;5M", "2;10;5M", "4;10;5M", "8;10;5M", "16;10;5M", "32;10;5M",
                                        "35;10;5M", "66;10;5M", "68;10;5M", "128;10;5M"}) {
    INFO(std::string(report));
    const Read out = read(report);
    CHECK(out.progress == Progress::Ended);
    CHECK(out.taken == report.size());
    CHECK_FALSE(out.input);
  }
}

TEST_CASE("term: a malformed report is dropped up to the letter that ends it") {
  for (const std::string_view report : {"M",
                                        ";M",
                                        ";;M",
                                        "0M",
                                        "0;10M",
                                        "0;10;M",
                                        "0;;5M",
                                        ";10;5M",
                                        "0;10;5;1M",
                                        "0;0;5M",
                                        "0;10;0M",
                                        "0;10;5q",
                                        "0;10;5~",
                                        "0;10;5A",
                                        "-1;10;5M",
                                        "0;1 0;5M",
                                        "0:10:5M",
                                        "<0;10;5M",
                                        "0;10;5?M",
                                        "0;\x80;5M",
                                        "0;\xff\xfe;5M",
                                        "000000;10;5M",
                                        "0;4294967297;5M",
                                        "0;99999999999999999999999999999999999999999999;5M",
                                        "0;10;5\x7fM"}) {
    INFO(std::string(report));
    const Read out = read(report);
    CHECK(out.progress == Progress::Ended);
    CHECK(out.taken == report.size());
    CHECK_FALSE(out.input);
  }
}

TEST_CASE("term: a report without an end takes no letter, however long it is") {
  const std::string digits(100'000, '7');
  CHECK(read(digits).progress == Progress::GoesOn);
  CHECK(read(digits + "M").progress == Progress::Ended);
  CHECK_FALSE(read(digits + "M").input);
}

TEST_CASE("term: a control character in a report breaks it off and is read anew") {
  for (const char byte : {'\x03', '\x1b', '\r', '\x00'}) {
    const std::string report = std::string("0;10") + byte + ";5M";
    const Read out = read(report);
    CHECK(out.progress == Progress::Broken);
    CHECK(out.taken == 5);
  }
}

TEST_CASE("term: the form of three bytes is read too, and takes no fourth one") {
  CHECK(read(" !!", Form::ThreeBytes).input == MouseInput{MouseButton::Left, 0, 0});
  CHECK(read(" *%q", Form::ThreeBytes).input == MouseInput{MouseButton::Left, 4, 9});
  CHECK(read(" *%q", Form::ThreeBytes).taken == 3);
  CHECK(read("`\xff!", Form::ThreeBytes).input == MouseInput{MouseButton::WheelUp, 0, 222});
  for (const std::string_view report : {"#*%", "!*%", "  %", "\x30*%"}) {
    CHECK(read(report, Form::ThreeBytes).progress == Progress::Ended);
    CHECK_FALSE(read(report, Form::ThreeBytes).input);
  }
  CHECK(read(" \x03%", Form::ThreeBytes).progress == Progress::Broken);
}

}  // namespace pooltop
