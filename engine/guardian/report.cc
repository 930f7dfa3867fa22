// SPDX-License-Identifier: MIT
// Reports are lines: "ready", "error TEXT" (a newline in TEXT is "\n", a backslash "\\"), "exit STATUS", "died SIGNAL".
// The guardian begins its line with a newline: the engine may have been killed in the middle of one.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/guardian/guardian.h"

namespace pooltop {
namespace {

constexpr std::size_t kMaxText = 16 * 1024;  // all the lines of an engine fit into a pipe: writing one never waits
constexpr std::size_t kMaxLine = 4 * kMaxText;
constexpr std::string_view kError = "error ";
constexpr std::string_view kExit = "exit ";
constexpr std::string_view kDied = "died ";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else {
      out += text[++i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

void write_report(int fd, const std::string& line) {
  try {
    write_all(fd, line, "report to the front");
  } catch (const std::system_error& error) {
    if (error.code().value() != EPIPE) throw;  // nobody listens any more: the run goes on detached
  }
}

/// The number behind `name`, 0 to 255; -1 if `line` is not of that kind.
int number_after(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return -1;
  line.remove_prefix(name.size());
  unsigned char value = 0;
  return read_number(line, value) ? value : -1;
}

Report parse_report(std::string_view line) {
  if (line == "ready") return {Report::Kind::Ready, 0, ""};
  if (line.starts_with(kError)) return {Report::Kind::Error, 0, unescaped(line.substr(kError.size()))};
  if (const int code = number_after(line, kExit); code >= 0) return {Report::Kind::Exit, code, ""};
  if (const int code = number_after(line, kDied); code > 0) return {Report::Kind::Died, code, ""};
  return {Report::Kind::Error, 0, "unreadable report of the engine: " + printable(line, 200)};
}

}  // namespace

void report_ready(int report_fd) { write_report(report_fd, "ready\n"); }

void report_error(int report_fd, std::string_view text) {
  write_report(report_fd, "error " + escaped(text.substr(0, kMaxText)) + "\n");
}

ReportReader::ReportReader(Fd reports) : fd_(std::move(reports)) { set_nonblocking(fd_.get(), true); }

std::optional<Report> ReportReader::next_line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos && buffer_.size() <= kMaxLine) return std::nullopt;
    const std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end == std::string::npos ? end : end + 1);
    if (!line.empty()) return parse_report(line);
  }
}

std::optional<Report> ReportReader::read() {
  while (!is_ended_) {
    if (auto report = next_line()) {
      is_ended_ = report->is_last();
      return report;
    }
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(fd_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return std::nullopt;
    check(n, "read", "reports of the engine");
    if (n > 0) {
      buffer_.append(bytes.data(), static_cast<std::size_t>(n));
    } else if (!buffer_.empty()) {
      buffer_ += '\n';  // a line that was cut off
    } else {
      is_ended_ = true;
      return Report{Report::Kind::Lost, 0, ""};
    }
  }
  return std::nullopt;
}

}  // namespace pooltop
