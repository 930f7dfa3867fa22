// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/control/failed_list.h"

namespace pooltop {

namespace {

constexpr std::size_t kChunk = 256 * 1024;
constexpr std::size_t kSmallRecord = 64 * 1024;
constexpr std::size_t kMostBriefs = 1024;
constexpr std::size_t kMostSearches = 4;  // of as many who look at once

struct Names {
  std::string stage;
  std::string id;
};

// The text behind `key` at the front of `text`, which is then taken off; ids and stages hold nothing that is escaped.
std::optional<std::string> take_text(std::string_view& text, std::string_view key) {
  if (!text.starts_with(key)) return std::nullopt;
  text.remove_prefix(key.size());
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos || text.substr(0, end).find('\\') != std::string_view::npos) return std::nullopt;
  std::string found(text.substr(0, end));
  text.remove_prefix(end);
  return found;
}

// Whose record a line is. As to_json() begins it that is quick; what else is a record is parsed.
std::optional<Names> names_of(std::string_view line) {
  std::string_view rest = line;
  if (auto id = take_text(rest, R"({"id":")"))
    if (auto stage = take_text(rest, R"(","stage":")")) return Names{std::move(*stage), std::move(*id)};
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("id") || !object.contains("stage")) return std::nullopt;
  if (!object["id"].is_string() || !object["stage"].is_string()) return std::nullopt;
  return Names{object["stage"].get<std::string>(), object["id"].get<std::string>()};
}

std::size_t hash_of(std::string_view stage, std::string_view id) {
  std::string key(stage);
  key += '\n';
  key += id;
  return std::hash<std::string>()(key);
}

std::string read_at(int fd, std::uint64_t begin, std::size_t bytes, const std::string& file) {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t n = ::pread(fd, text.data() + got, bytes - got, static_cast<off_t>(begin + got));
    if (n < 0 && errno == EINTR) continue;
    check(n, "read", file);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  text.resize(got);
  return text;
}

}  // namespace

// Lines that are not ended yet are looked at again.
void FailedPages::refresh() {
  struct stat there {};
  struct stat held {};
  const bool exists = ::stat(file_.c_str(), &there) == 0;
  const bool is_same = exists && fd_ && ::fstat(fd_.get(), &held) == 0 && held.st_ino == there.st_ino &&
                       held.st_dev == there.st_dev && static_cast<std::uint64_t>(held.st_size) >= end_;
  if (!is_same) {
    fd_.reset();
    end_ = 0;
    records_.clear();
    briefs_.clear();
    searches_.clear();
    std::fill(counts_.begin(), counts_.end(), 0);
    if (!exists) return;
    fd_ = Fd(::open(file_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd_ && errno != ENOENT) throw_system_error(errno, "open", file_);
    if (!fd_) return;
  }
  std::string pending;
  for (std::uint64_t at = end_;;) {
    const std::string chunk = read_at(fd_.get(), at, kChunk, file_);
    if (chunk.empty()) return;
    at += chunk.size();
    std::string_view rest = chunk;
    for (std::size_t newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
      pending += rest.substr(0, newline);
      add(pending, end_);
      end_ += pending.size() + 1;
      pending.clear();
      rest.remove_prefix(newline + 1);
    }
    pending += rest;
  }
}

void FailedPages::add(std::string_view line, std::uint64_t begin) {
  const auto names = names_of(line);
  if (!names) return;
  const auto stage = stages_.try_emplace(names->stage, static_cast<std::uint32_t>(stages_.size())).first->second;
  counts_.resize(stages_.size());
  ++counts_[stage];
  records_.push_back({begin, line.size(), stage, hash_of(names->stage, names->id)});
}

std::optional<FailedItem> FailedPages::load(const Record& record) const {
  try {
    return failed_item_from_json(nlohmann::json::parse(read_at(fd_.get(), record.begin, record.bytes, file_)));
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

// What had to be read for it is added to `read_bytes`. To read a large one takes long: it is remembered.
std::optional<FailedItem> FailedPages::brief(std::size_t place, std::uint64_t& read_bytes) {
  if (const auto known = briefs_.find(place); known != briefs_.end()) return known->second;
  const Record& record = records_[place];
  read_bytes += record.bytes;
  auto item = load(record);
  if (item && item->item.size() > kBriefBytes) {
    item->whole_bytes = item->item.size();
    item->item = item->item.substr(0, kBriefBytes);
  }
  if (record.bytes <= kSmallRecord) return item;
  if (briefs_.size() >= kMostBriefs) briefs_.erase(place > briefs_.begin()->first ? briefs_.begin() : --briefs_.end());
  briefs_[place] = item;
  return item;
}

FailedPages::Page FailedPages::read(std::uint64_t offset, std::uint64_t limit, std::string_view stage, Detail detail) {
  refresh();
  Page page;
  const auto wanted = stages_.find(stage);
  if (!stage.empty() && wanted == stages_.end()) return page;
  page.total = stage.empty() ? records_.size() : counts_[wanted->second];
  std::uint64_t passed = 0;
  std::uint64_t bytes = 0;
  // Of all stages the first one wanted is known at once.
  for (std::size_t i = stage.empty() ? std::min<std::uint64_t>(offset, records_.size()) : 0; i < records_.size(); ++i) {
    const Record& record = records_[i];
    if (!stage.empty() && (record.stage != wanted->second || passed++ < offset)) continue;
    const bool is_brief = detail == Detail::Brief;
    const bool is_known = is_brief && briefs_.count(i) > 0;
    // One is read whatever its size. In brief those that are known already are not it: each question gets further.
    const bool has_one = is_brief ? bytes > 0 : !page.items.empty();
    const bool is_too_much = !is_known && has_one && bytes + record.bytes > page_bytes_;
    if (page.items.size() >= limit || is_too_much) break;
    if (is_brief) {
      if (auto item = brief(i, bytes)) page.items.push_back(std::move(*item));
      continue;
    }
    bytes += record.bytes;
    if (auto item = load(record)) page.items.push_back(std::move(*item));
  }
  return page;
}

FailedPages::Search& FailedPages::search_for(std::string_view stage, std::string_view match) {
  const auto known = std::find_if(searches_.begin(), searches_.end(),
                                  [&](const Search& s) { return s.stage == stage && s.match == match; });
  if (known != searches_.end()) {
    std::rotate(known, known + 1, searches_.end());
  } else {
    if (searches_.size() >= kMostSearches) searches_.erase(searches_.begin());
    searches_.push_back({std::string(stage), std::string(match), 0, {}});
  }
  return searches_.back();
}

FailedPages::Page FailedPages::search(std::uint64_t offset, std::uint64_t limit, std::string_view stage,
                                      std::string_view match) {
  refresh();
  const ItemMatch wanted(match);
  Search& search = search_for(stage, match);
  const Nanos until = monotonic_now() + kSearchTime;
  for (bool first = true; search.searched < records_.size() && (first || monotonic_now() < until); first = false) {
    const std::size_t place = search.searched++;
    const auto item = load(records_[place]);
    if (!item || (!stage.empty() && item->stage != stage)) continue;
    if (wanted.fits(matched(*item))) search.found.push_back(place);
  }
  Page page;
  page.total = search.found.size();
  page.searched = search.searched;
  page.records = records_.size();
  std::uint64_t bytes = 0;
  for (std::uint64_t i = offset; i < page.total && page.items.size() < limit && bytes <= page_bytes_; ++i)
    if (auto item = brief(search.found[i], bytes)) page.items.push_back(std::move(*item));
  return page;
}

std::optional<FailedItem> FailedPages::find(std::string_view stage, std::string_view id) {
  refresh();
  const std::size_t key = hash_of(stage, id);
  for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
    if (record->key != key) continue;
    auto item = load(*record);
    if (item && item->stage == stage && item->id == id) return item;
  }
  return std::nullopt;
}

}  // namespace pooltop
