// SPDX-License-Identifier: MIT
#include "tui/cli/failed_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <unordered_set>

#include "engine/base/fd.h"

namespace pooltop {
namespace {

void take_line(std::string_view line, FailedTail::News& news) {
  if (news.items.size() == FailedTail::kShown) {
    ++news.left_out;
    return;
  }
  try {
    news.items.push_back(failed_item_from_json(nlohmann::json::parse(line)));
  } catch (const nlohmann::json::exception&) {  // no record: `pooltop failed` counts these
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

FailedTail::News FailedTail::read() {
  News news;
  const Fd file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) < 0) return news;
  std::unordered_set<std::size_t> kept;
  if (status.st_ino != inode_ || static_cast<std::uint64_t>(status.st_size) < offset_) {
    kept.insert(told_.begin(), told_.end());
    told_.clear();
    offset_ = 0;
    inode_ = status.st_ino;
  }
  std::string text;
  std::array<char, 65536> part;
  for (ssize_t got;
       (got = ::pread(file.get(), part.data(), part.size(), static_cast<off_t>(offset_ + text.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    told_.push_back(std::hash<std::string_view>()(line));
    if (!kept.contains(told_.back())) take_line(line, news);
  }
  offset_ += begin;
  return news;
}

}  // namespace pooltop
