// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <signal.h>

#include "engine/base/io.h"
#include "engine/guardian/guardian.h"

using namespace pooltop;

namespace {

/// A reader of `bytes`, behind which the pipe ends.
ReportReader reader_of(std::string_view bytes) {
  PipeEnds pipe = make_pipe();
  write_all(pipe.write.get(), bytes, "pipe");
  return ReportReader(std::move(pipe.read));
}

}  // namespace

TEST_CASE("guardian: reports come out as they were sent, newlines and backslashes too") {
  PipeEnds pipe = make_pipe();
  ReportReader reader(std::move(pipe.read));
  CHECK_FALSE(reader.read().has_value());

  report_ready(pipe.write.get());
  report_error(pipe.write.get(), "line 1\nC:\\new\\");
  write_all(pipe.write.get(), "\nexit 130\n", "pipe");

  CHECK(reader.read()->kind == Report::Kind::Ready);
  const auto error = reader.read();
  REQUIRE(error.has_value());
  CHECK(error->kind == Report::Kind::Error);
  CHECK(error->text == "line 1\nC:\\new\\");
  const auto last = reader.read();
  REQUIRE(last.has_value());
  CHECK(last->kind == Report::Kind::Exit);
  CHECK(last->code == 130);
  CHECK_FALSE(reader.read().has_value());
}

TEST_CASE("guardian: a line that no engine writes is shown as an error, and the end of the file is a lost guardian") {
  for (const char* line :
       {"exit", "exit ", "exit 256", "exit -1", "exit 1 ", "died 0", "died x", "Ready", "\x01\xff"}) {
    CAPTURE(line);
    ReportReader reader = reader_of(line + std::string("\n"));

    const auto report = reader.read();

    REQUIRE(report.has_value());
    CHECK(report->kind == Report::Kind::Error);
    CHECK(report->text.starts_with("unreadable report of the engine: "));
    CHECK(reader.read()->kind == Report::Kind::Lost);
    CHECK_FALSE(reader.read().has_value());
  }
}

TEST_CASE("guardian: an engine killed in the middle of a line does not hide its end") {
  ReportReader reader = reader_of("rea\ndied 9\n");
  CHECK(reader.read()->text == "unreadable report of the engine: rea");
  const auto last = reader.read();
  REQUIRE(last.has_value());
  CHECK(last->kind == Report::Kind::Died);
  CHECK(last->code == 9);
}

TEST_CASE("guardian: a report that is cut off, empty or endless ends all the same") {
  CHECK(reader_of("").read()->kind == Report::Kind::Lost);

  ReportReader cut = reader_of("error half a li");
  CHECK(cut.read()->text == "half a li");
  CHECK(cut.read()->kind == Report::Kind::Lost);

  PipeEnds pipe = make_pipe();
  ReportReader endless(std::move(pipe.read));
  int reports = 0;
  for (int i = 0; i < 10; ++i) {
    write_all(pipe.write.get(), std::string(30'000, 'x'), "pipe");
    while (endless.read()) ++reports;
  }
  CHECK(reports > 0);
}

TEST_CASE("guardian: an error text is kept up to 16 KiB, and a front that is gone is no error") {
  PipeEnds pipe = make_pipe();
  report_error(pipe.write.get(), std::string(100'000, 'x'));
  ReportReader reader(std::move(pipe.read));
  CHECK(reader.read()->text.size() == 16 * 1024);

  PipeEnds closed = make_pipe();
  closed.read.reset();
  ::signal(SIGPIPE, SIG_IGN);
  report_ready(closed.write.get());
}
