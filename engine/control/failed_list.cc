// SPDX-License-Identifier: MIT
#include "engine/control/failed_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/model/json_fields.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

std::optional<int> optional_int(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<int>();
}

std::string record_line(const FailedItem& item) { return line_of(to_json(item)) + "\n"; }

std::optional<FailedItem> parse_record(std::string_view line) try {
  return failed_item_from_json(json::parse(line));
} catch (const json::exception&) {
  return std::nullopt;
} catch (const std::invalid_argument&) {
  return std::nullopt;
}

bool ends_with_newline(int fd, const std::string& file) {
  struct stat info {};
  check(::fstat(fd, &info), "fstat", file);
  char last = '\n';
  if (info.st_size > 0) check(::pread(fd, &last, 1, info.st_size - 1), "read", file);
  return last == '\n';
}

// Every line with its newline taken off, the last one also if it has none. Not the whole file at once: failed items
// may be many and large.
void for_each_line(int fd, const std::string& file, const std::function<void(std::string_view)>& each) {
  std::string pending;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    check(n, "read", file);
    if (n == 0) break;
    std::string_view chunk(buffer.data(), static_cast<std::size_t>(n));
    for (std::size_t end = chunk.find('\n'); end != std::string_view::npos; end = chunk.find('\n')) {
      pending += chunk.substr(0, end);
      each(pending);
      pending.clear();
      chunk.remove_prefix(end + 1);
    }
    pending += chunk;
  }
  if (!pending.empty()) each(pending);
}

Fd open_for_reading(const std::string& file) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno != ENOENT) throw_system_error(errno, "open", file);
  return fd;
}

}  // namespace

ordered_json to_json(const FailedItem& item) {
  ordered_json out = {{"id", item.id}, {"stage", item.stage}};
  if (is_utf8(item.item))
    out["item"] = item.item;
  else
    out["base64"] = base64_encode(item.item);
  if (item.whole_bytes > 0) out["bytes"] = item.whole_bytes;
  out["attempts"] = ordered_json::array();
  for (const FailedAttempt& attempt : item.attempts)
    out["attempts"].push_back({{"pid", attempt.pid},
                               {"exit", nullable(attempt.exit)},
                               {"signal", nullable(attempt.signal)},
                               {"started_at", attempt.started_at},
                               {"elapsed_s", attempt.elapsed_s}});
  out["error"] = item.error;
  out["stderr"] = item.standard_error;
  return out;
}

FailedItem failed_item_from_json(const json& object) {
  FailedItem item;
  object.at("id").get_to(item.id);
  object.at("stage").get_to(item.stage);
  if (const auto encoded = object.find("base64"); encoded != object.end()) {
    auto bytes = base64_decode(encoded->get<std::string>());
    if (!bytes) throw std::invalid_argument("base64 of a failed item cannot be decoded");
    item.item = std::move(*bytes);
  } else {
    object.at("item").get_to(item.item);
  }
  for (const json& attempt : object.at("attempts"))
    item.attempts.push_back({.pid = attempt.value("pid", 0),
                             .exit = optional_int(attempt, "exit"),
                             .signal = optional_int(attempt, "signal"),
                             .started_at = attempt.value("started_at", ""),
                             .elapsed_s = attempt.value("elapsed_s", 0.0)});
  item.whole_bytes = object.value("bytes", std::uint64_t{0});
  item.error = object.value("error", "");
  item.standard_error = object.value("stderr", "");
  return item;
}

ItemTry to_model(const FailedAttempt& attempt, std::size_t number) {
  ItemTry one;
  one.attempt = static_cast<std::uint32_t>(number);
  one.pid = attempt.pid;
  one.started_at = attempt.started_at;
  one.elapsed_s = attempt.elapsed_s;
  one.end = "failed";
  one.exit = attempt.exit;
  one.signal = attempt.signal;
  return one;
}

ItemWay way_of(const FailedItem& item) {
  constexpr std::size_t kShown = 4096;
  ItemWay way;
  way.stage = item.stage;
  way.id = item.id;
  way.item = printable(item.item, kShown);
  way.bytes = item.item.size();
  for (const FailedAttempt& attempt : item.attempts) way.tries.push_back(to_model(attempt, way.tries.size() + 1));
  if (!way.tries.empty()) {
    way.tries.back().error = item.error;
    way.tries.back().standard_error = item.standard_error;
  }
  way.now.state = "failed";
  way.now.error = item.error;
  return way;
}

MatchedItem matched(const FailedItem& item) {
  return {item.stage, item.id, item.item, item.error, item.standard_error};
}

void append_failed(const std::string& file, const FailedItem& item) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  const Fd fd(check(::open(file.c_str(), kFlags, 0600), "open", file));
  const std::string line = (ends_with_newline(fd.get(), file) ? "" : "\n") + record_line(item);
  write_all(fd.get(), line, file);
}

std::size_t for_each_failed(const std::string& file, const std::function<void(FailedItem)>& each) {
  const Fd fd = open_for_reading(file);
  std::size_t passed_over = 0;
  if (!fd) return passed_over;
  for_each_line(fd.get(), file, [&](std::string_view line) {
    if (auto item = parse_record(line))
      each(std::move(*item));
    else
      ++passed_over;
  });
  return passed_over;
}

std::vector<FailedItem> read_failed(const std::string& file) {
  std::vector<FailedItem> items;
  for_each_failed(file, [&](FailedItem item) { items.push_back(std::move(item)); });
  return items;
}

std::size_t remove_failed(const std::string& file, const std::vector<FailedKey>& keys) {
  const std::set<FailedKey> unwanted(keys.begin(), keys.end());
  const Fd old = open_for_reading(file);
  if (!old) return 0;
  const std::string fresh = file + ".new";
  if (::unlink(fresh.c_str()) < 0 && errno != ENOENT) throw_system_error(errno, "unlink", fresh);
  const Fd out(check(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), "open", fresh));
  std::size_t removed = 0;
  for_each_line(old.get(), file, [&](std::string_view line) {
    const auto item = parse_record(line);
    if (!item) return;
    if (unwanted.contains({item->stage, item->id}))
      ++removed;
    else
      write_all(out.get(), std::string(line) + "\n", fresh);
  });
  check(std::rename(fresh.c_str(), file.c_str()), "rename", fresh);
  return removed;
}

}  // namespace pooltop
