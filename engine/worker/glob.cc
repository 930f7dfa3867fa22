// SPDX-License-Identifier: MIT
#include "engine/worker/glob.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace pooltop {

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool has_magic(std::string_view name) { return name.find_first_of("*?[\\") != std::string_view::npos; }

class Walk {
 public:
  Walk(const std::string& base, const std::function<void(const std::string&)>& note) : base_(base), note_(note) {}

  void match(const std::string& pattern) {
    parts_.clear();
    const std::string prefix = pattern.starts_with('/') ? "/" : "";
    for (std::size_t at = 0; at < pattern.size();) {
      const std::size_t end = std::min(pattern.find('/', at), pattern.size());
      if (end > at) parts_.push_back(pattern.substr(at, end - at));
      at = end + 1;
    }
    if (!pattern.ends_with('/') && !parts_.empty()) step(prefix, 0);
  }

  std::vector<std::string> found;

 private:
  std::string real(const std::string& path) const {
    if (path.starts_with('/') || base_.empty()) return path.empty() ? "." : path;
    return path.empty() ? base_ : base_ + "/" + path;
  }

  // `folder` is "" or ends with a slash; the names in it are matched with parts_[index].
  void step(const std::string& folder, std::size_t index) {
    const std::string& part = parts_[index];
    if (part == "**") return step_deep(folder, index);
    if (!has_magic(part)) return step_into(folder, part, index, DT_UNKNOWN);
    for (const auto& [name, type] : read_folder(folder))
      if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) step_into(folder, name, index, type);
  }

  void step_into(const std::string& folder, const std::string& name, std::size_t index, unsigned char type) {
    const std::string path = folder + name;
    if (index + 1 < parts_.size()) {
      if (type == DT_UNKNOWN || type == DT_LNK || type == DT_DIR) step(path + "/", index + 1);
    } else if (is_regular(path, type)) {
      found.push_back(path);
    }
  }

  void step_deep(const std::string& folder, std::size_t index) {
    const bool last = index + 1 == parts_.size();
    if (!last) step(folder, index + 1);
    for (const auto& [name, type] : read_folder(folder)) {
      if (name.starts_with('.')) continue;
      if (is_folder(folder + name, type))
        step_deep(folder + name + "/", index);
      else if (last && is_regular(folder + name, type))
        found.push_back(folder + name);
    }
  }

  std::vector<std::pair<std::string, unsigned char>> read_folder(const std::string& folder) {
    std::vector<std::pair<std::string, unsigned char>> names;
    const std::unique_ptr<DIR, CloseFolder> dir(::opendir(real(folder).c_str()));
    if (!dir) {
      if (errno != ENOENT && errno != ENOTDIR) note_(folder + ": " + std::strerror(errno));
      return names;
    }
    while (const dirent* const entry = ::readdir(dir.get()))
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        names.emplace_back(entry->d_name, entry->d_type);
    return names;
  }

  bool is_regular(const std::string& path, unsigned char type) const {
    if (type != DT_UNKNOWN && type != DT_LNK) return type == DT_REG;
    struct stat info {};
    return ::stat(real(path).c_str(), &info) == 0 && S_ISREG(info.st_mode);
  }

  bool is_folder(const std::string& path, unsigned char type) const {
    if (type != DT_UNKNOWN) return type == DT_DIR;
    struct stat info {};
    return ::lstat(real(path).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  const std::string& base_;
  const std::function<void(const std::string&)>& note_;
  std::vector<std::string> parts_;
};

}  // namespace

std::vector<std::string> glob_files(const std::vector<std::string>& patterns, const std::string& base,
                                    const std::function<void(const std::string&)>& note) {
  Walk walk(base, note);
  for (const std::string& pattern : patterns) walk.match(pattern);
  // "**/**" and overlapping patterns find a file twice.
  std::sort(walk.found.begin(), walk.found.end());
  walk.found.erase(std::unique(walk.found.begin(), walk.found.end()), walk.found.end());
  return std::move(walk.found);
}

}  // namespace pooltop
