// SPDX-License-Identifier: MIT
#include "engine/control/logs.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/stat.h>

#include <fstream>

#include "control_fixture.h"

using namespace pooltop;
using namespace pooltop::test;

namespace {

std::string line_at(int second, pid_t pid, const std::string& text) {
  return format_log_line({.time = fmt::format("2026-01-31T12:{:02}:{:02}.000Z", second / 60 % 60, second % 60),
                          .pid = pid,
                          .kind = LogKind::Out,
                          .text = text,
                          .stage = "",
                          .slot = 0});
}

void append(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }

std::vector<std::string> texts(const LogAnswer& answer) {
  std::vector<std::string> out;
  for (const LogLine& line : answer.lines) out.push_back(line.text);
  return out;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("control: a log line is read back as it was written") {
  const auto line = parse_log_line("2026-01-31T12:00:43.655Z 4242 err warning: 200 OK  two spaces");
  REQUIRE(line);
  CHECK(line->time == "2026-01-31T12:00:43.655Z");
  CHECK(line->pid == 4242);
  CHECK(line->kind == LogKind::Err);
  CHECK(line->text == "warning: 200 OK  two spaces");
  CHECK(format_log_line(*line) == "2026-01-31T12:00:43.655Z 4242 err warning: 200 OK  two spaces\n");
  CHECK(parse_log_line("2026-01-31T12:00:43.655Z 4242 note ")->text.empty());
}

TEST_CASE("control: what is no log line is none") {
  for (const char* text : {"", "rubbish", "2026-01-31T12:00:43.655Z", "2026-01-31T12:00:43.655Z x out a",
                           "2026-01-31T12:00:43.655Z 1 log a", "12:00 1 out a"})
    CHECK_FALSE(parse_log_line(text));
}

TEST_CASE("control: logs of all workers are merged by time, the last lines are kept") {
  OwnHome home;
  append(home.file("fetch.0.log"), line_at(1, 10, "a") + line_at(3, 10, "c") + line_at(5, 10, "e"));
  append(home.file("parse.0.log"), line_at(2, 20, "b") + line_at(4, 20, "d"));

  const LogAnswer all = read_logs(home.path(), {});
  CHECK(texts(all) == Texts{"a", "b", "c", "d", "e"});
  CHECK(all.lines[1].stage == "parse");
  CHECK_FALSE(all.skipped);
  const LogAnswer last = read_logs(home.path(), {.lines = 2});
  CHECK(texts(last) == Texts{"d", "e"});
  CHECK(last.skipped);
  CHECK(texts(read_logs(home.path(), {.bytes = 3})) == Texts{"c", "d", "e"});
}

TEST_CASE("control: logs can be asked for by stage, slot and PID") {
  OwnHome home;
  append(home.file("fetch.0.log"), line_at(1, 10, "a") + line_at(2, 11, "b"));
  append(home.file("fetch.1.log"), line_at(3, 12, "c"));
  append(home.file("fetch-2.1.log"), line_at(4, 13, "d"));

  CHECK(texts(read_logs(home.path(), {.stage = "fetch"})) == Texts{"a", "b", "c"});
  CHECK(texts(read_logs(home.path(), {.stage = "fetch", .slot = 1})) == Texts{"c"});
  CHECK(texts(read_logs(home.path(), {.pid = 11})) == Texts{"b"});
  CHECK(texts(read_logs(home.path(), {.stage = "none"})).empty());
}

TEST_CASE("control: a cursor gives what was written since, from new workers too, once") {
  OwnHome home;
  append(home.file("fetch.0.log"), line_at(1, 10, "a"));
  LogAnswer answer = read_logs(home.path(), {});
  append(home.file("fetch.0.log"), line_at(1, 10, "b") + "2026-01-31T12:00:09.000Z 10 out cut");
  append(home.file("fetch.1.log"), line_at(1, 11, "same instant"));

  answer = read_logs(home.path(), {.cursor = answer.cursor});
  CHECK(texts(answer) == Texts{"b", "same instant"});
  append(home.file("fetch.0.log"), " in two\n");
  answer = read_logs(home.path(), {.cursor = answer.cursor});
  CHECK(texts(answer) == Texts{"cut in two"});
  CHECK(texts(read_logs(home.path(), {.cursor = answer.cursor})).empty());
}

TEST_CASE("control: a rotation between two answers neither loses nor repeats a line") {
  OwnHome home;
  const std::string log = home.file("fetch.0.log");
  append(log, line_at(1, 10, "a"));
  LogAnswer answer = read_logs(home.path(), {});
  append(log, line_at(2, 10, "b"));
  std::filesystem::rename(log, log + ".1");
  SUBCASE("the new file is there") {
    append(log, line_at(3, 10, "c"));
    answer = read_logs(home.path(), {.cursor = answer.cursor});
    CHECK(texts(answer) == Texts{"b", "c"});
  }
  SUBCASE("the new file comes later") {
    answer = read_logs(home.path(), {.cursor = answer.cursor});
    CHECK(texts(answer) == Texts{"b"});
    append(log, line_at(3, 10, "c"));
    answer = read_logs(home.path(), {.cursor = answer.cursor});
    CHECK(texts(answer) == Texts{"c"});
  }
  CHECK(texts(read_logs(home.path(), {.cursor = answer.cursor})).empty());
  CHECK(texts(read_logs(home.path(), {})) == Texts{"a", "b", "c"});
}

TEST_CASE("control: of a huge log only its end is read, from a whole line on") {
  OwnHome home;
  std::string text;
  for (int i = 0; i < 45'000; ++i) text += line_at(i / 100, 10, fmt::format("line {}", i) + std::string(100, '.'));
  append(home.file("fetch.0.log"), text);

  const LogAnswer answer = read_logs(home.path(), {.lines = 100'000, .bytes = 100'000'000});

  CHECK(answer.skipped);
  CHECK(answer.lines.size() > 10'000);
  CHECK(answer.lines.size() < 45'000);
  CHECK(answer.lines.back().text.starts_with("line 44999"));
  CHECK(answer.lines.front().text.ends_with("...................."));
}

TEST_CASE("control: logs of two thousand workers need no more descriptors than one, and the cursor fits a request") {
  OwnHome home;
  for (int i = 0; i < 2000; ++i) append(home.file(fmt::format("fetch.{}.log", i)), line_at(i % 600, i + 1, "x"));
  const LogAnswer answer = read_logs(home.path(), {.lines = 5000});
  CHECK(answer.lines.size() == 2000);
  CHECK(answer.cursor.size() < 32 * 1024);
  append(home.file("fetch.7.log"), line_at(700, 8, "news"));
  CHECK(texts(read_logs(home.path(), {.cursor = answer.cursor})) == Texts{"news"});
}

TEST_CASE("control: with more workers than a cursor lists, what any of them writes comes once, also from silent ones") {
  OwnHome home;
  const auto log_of = [&](int slot) { return home.file(fmt::format("fetch.{}.log", slot)); };
  for (int i = 0; i < 1200; ++i) append(log_of(i), i % 2 == 0 ? "" : line_at(1, i + 1, "x"));
  std::string cursor;
  const auto news = [&] {
    const LogAnswer answer = read_logs(home.path(), {.lines = 5000, .cursor = cursor});
    cursor = answer.cursor;
    return texts(answer);
  };
  CHECK(news().size() == 600);
  CHECK(news().empty());
  CHECK(news().empty());  // the third one knows which files are settled

  int now = 1;
  for (int round = 0; round < 3; ++round) {
    for (const int slot : {0, 1, 1198, 1199}) {
      CAPTURE(slot);
      append(log_of(slot), line_at(++now, slot + 1, "a"));
      CHECK(news() == Texts{"a"});
      append(log_of(slot), line_at(++now, slot + 1, "b"));
      CHECK(news() == Texts{"b"});
      CHECK(news().empty());
    }
  }
}

TEST_CASE("control: a log that was empty is read from its beginning, also when it was rotated since then") {
  OwnHome home;
  const std::string log = home.file("fetch.0.log");
  append(log, "");
  LogAnswer answer = read_logs(home.path(), {});
  CHECK(answer.lines.empty());
  append(log, line_at(1, 10, "a"));
  std::filesystem::rename(log, log + ".1");
  append(log, "");

  answer = read_logs(home.path(), {.cursor = answer.cursor});
  CHECK(texts(answer) == Texts{"a"});
  append(log, line_at(2, 10, "b"));
  CHECK(texts(read_logs(home.path(), {.cursor = answer.cursor})) == Texts{"b"});
}

TEST_CASE("control: rubbish, links and other files among the logs are passed over") {
  OwnHome home;
  append(home.file("fetch.0.log"), "rubbish\n" + std::string("\0\xff\n", 3) + line_at(1, 10, "a"));
  append(home.file("notes.txt"), line_at(1, 10, "no"));
  append(home.file("fetch.x.log"), line_at(1, 10, "no"));
  append(home.file("secret"), line_at(1, 10, "no"));
  std::filesystem::create_symlink(home.file("secret"), home.file("fetch.1.log"));
  REQUIRE(::mkfifo(home.file("fetch.2.log").c_str(), 0600) == 0);
  CHECK(texts(read_logs(home.path(), {})) == Texts{"a"});
}

TEST_CASE("control: without a log directory there are no lines; a made-up cursor is refused") {
  OwnHome home;
  CHECK(read_logs(home.file("none"), {}).lines.empty());
  CHECK_THROWS_AS((void)read_logs(home.path(), {.cursor = "abc"}), std::invalid_argument);
  for (const char* cursor : {";fetch.0:0:1", ";0;", ";0:x;fetch.0:0:1", ";0:0;fetch.0:x:1", ";0:0;fetch.0:1"})
    CHECK_THROWS_AS((void)read_logs(home.path(), {.cursor = cursor}), std::invalid_argument);
}

TEST_CASE("control: a logs answer survives its way through JSON") {
  OwnHome home;
  append(home.file("fetch.0.log"), line_at(1, 10, "a") + "2026-01-31T12:00:09.000Z 10 note b\n");
  const LogAnswer answer = read_logs(home.path(), {});
  const LogAnswer back = log_answer_from_json(json::parse(to_json(answer).dump()));
  CHECK(back.lines == answer.lines);
  CHECK(back.cursor == answer.cursor);
}

TEST_CASE("control: lines of a slot are read from the time on at which its worker began, whoever wrote them") {
  OwnHome home;
  append(home.file("w.0.log"),
         line_at(1, 100, "of the one before") + line_at(2, 201, "of a child") + line_at(3, 200, "own"));
  append(home.file("w.1.log"), line_at(3, 300, "of another slot"));

  LogQuery query;
  query.stage = "w";
  query.slot = 0;
  query.since = "2026-01-31T12:00:02";

  CHECK(texts(read_logs(home.path(), query)) == Texts{"of a child", "own"});
}

TEST_CASE("control: of a slot's worker its own lines are read and those of the last child that wrote for it") {
  OwnHome home;
  const auto note_at = [](int second, pid_t pid, const std::string& text) {
    std::string line = line_at(second, pid, text);
    return line.replace(line.find(" out "), 5, " note ");
  };
  append(home.file("w.0.log"), line_at(1, 101, "child of the first") + note_at(2, 100, "first gone") +
                                   line_at(3, 201, "child of an item before") + line_at(4, 202, "last child") +
                                   note_at(5, 200, "second gone") + line_at(6, 301, "child of the third"));
  append(home.file("w.1.log"), line_at(4, 401, "another slot"));

  CHECK(texts(read_logs(home.path(), {.stage = "w", .slot = 0, .pid = 200})) == Texts{"last child", "second gone"});
  CHECK(texts(read_logs(home.path(), {.stage = "w", .slot = 0, .pid = 100})) ==
        Texts{"child of the first", "first gone"});
  CHECK(texts(read_logs(home.path(), {.stage = "w", .slot = 0, .pid = 300})) == Texts{"child of the third"});
  CHECK(texts(read_logs(home.path(), {.pid = 200})) == Texts{"second gone"});
}
