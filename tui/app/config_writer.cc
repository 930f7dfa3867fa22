// SPDX-License-Identifier: MIT
//
// The engine never touches a user's file: who asks for it, on the same machine, does. The file must hold what the run
// read, byte for byte, or what was last written here, which is kept in the run's directory: an edit of anybody else is
// not undone. The text that is written is always made from what the run read, so that a setting which went back goes
// back in the file too.
#include "tui/app/config_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/config/edit.h"
#include "engine/config/json_document.h"
#include "engine/config/settings.h"

namespace pooltop {
namespace {

constexpr const char* kAsRead = "/config.json";
constexpr const char* kAsWritten = "/config.written";

std::optional<std::string> text_of(const std::string& file) {
  try {
    return read_file(file, kMaxConfigBytes);
  } catch (const std::system_error& error) {
    if (error.code().value() == ENOENT) return std::nullopt;
    throw;
  }
}

std::vector<ConfigChange> changes_of(const RunSettings& settings) {
  std::vector<ConfigChange> changes;
  for (const StageSettings& stage : settings.stages)
    for (const Setting& setting : stage.settings)
      if (setting.is_changed) changes.push_back({stage.stage, setting.key, setting.given});
  return changes;
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw ConfigNotWritten(fmt::format("{}: {}; nothing was written", printable(file, 512), why));
}

/// The file that is to be replaced, open for reading, and what it is.
struct Target {
  std::string path;  // links followed
  Fd fd;
  struct stat info {};
};

Target open_target(const std::string& file) {
  Target target;
  std::error_code failed;
  target.path = std::filesystem::canonical(file, failed);
  if (failed) refuse(file, failed.message());
  target.fd = Fd(::open(target.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!target.fd || ::fstat(target.fd.get(), &target.info) != 0) refuse(file, std::system_category().message(errno));
  if (!S_ISREG(target.info.st_mode)) refuse(file, "is no regular file");
  if (target.info.st_uid != ::geteuid()) refuse(file, "belongs to another user");
  if (target.info.st_nlink > 1) refuse(file, "has several names (hard links), of which only one would change");
  if (::access(target.path.c_str(), W_OK) != 0) refuse(file, std::system_category().message(errno));
  return target;
}

/// A file beside the target, removed again if it does not take its place.
class Fresh {
 public:
  explicit Fresh(const std::filesystem::path& target)
      : path_(target.parent_path() / ("." + target.filename().string() + ".XXXXXX")),
        fd_(check(::mkostemp(path_.data(), O_CLOEXEC), "create", path_)) {}
  ~Fresh() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  void fill(std::string_view text, const struct stat& like) {
    // The group can be kept only where the user is in it; the mode counts.
    if (::fchown(fd_.get(), static_cast<uid_t>(-1), like.st_gid) != 0) errno = 0;
    check(::fchmod(fd_.get(), like.st_mode & 07777), "fchmod", path_);
    write_all(fd_.get(), text, path_);
    check(::fsync(fd_.get()), "fsync", path_);
  }
  void take_place_of(const std::string& target) {
    check(std::rename(path_.c_str(), target.c_str()), "rename", path_);
    path_.clear();
  }

 private:
  std::string path_;
  Fd fd_;
};

void replace(const Target& target, std::string_view text) {
  const std::filesystem::path path(target.path);
  Fresh fresh(path);
  fresh.fill(text, target.info);
  struct stat now {};
  check(::stat(target.path.c_str(), &now), "stat", target.path);
  if (now.st_ino != target.info.st_ino || now.st_size != target.info.st_size ||
      now.st_mtim.tv_sec != target.info.st_mtim.tv_sec || now.st_mtim.tv_nsec != target.info.st_mtim.tv_nsec)
    throw ConfigNotWritten(fmt::format("{}: was changed just now; nothing was written", printable(target.path, 512)));
  fresh.take_place_of(target.path);
  const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) (void)!::fsync(directory.get());  // refused by some file systems; the file itself is synced
}

}  // namespace

RetunedConfig retuned_config(const std::string& run_dir, const RunSettings& settings) {
  RetunedConfig config;
  const auto as_read = text_of(run_dir + kAsRead);
  if (!as_read) throw ConfigNotWritten(fmt::format("{} has no config.json", run_dir));
  config.name = settings.config_file.empty() ? "config" : settings.config_file;
  EditedConfig edited = edit_config(*as_read, changes_of(settings));
  if (!edited.problem.empty()) throw ConfigNotWritten(fmt::format("{}: {}", config.name, edited.problem));
  config.after = std::move(edited.text);
  config.left_out = std::move(edited.left_out);
  config.before = *as_read;
  if (settings.config_file.empty()) {
    config.cannot_write = "the config came through a pipe: there is no file to write";
    return config;
  }
  const auto in_file = text_of(settings.config_file);
  const auto as_written = text_of(run_dir + kAsWritten);
  if (!in_file)
    config.cannot_write = fmt::format("{} is gone", printable(settings.config_file, 512));
  else if (in_file == as_read || in_file == as_written)
    config.before = *in_file;
  else
    config.cannot_write = fmt::format("{} was changed since the run read it", printable(settings.config_file, 512));
  return config;
}

void write_retuned(const std::string& run_dir, const RunSettings& settings, const RetunedConfig& config) {
  if (!config.cannot_write.empty()) throw ConfigNotWritten(config.cannot_write + "; nothing was written");
  try {
    const Target target = open_target(settings.config_file);
    const auto now = read_to_end(target.fd.get(), kMaxConfigBytes, target.path);
    if (now != config.before) refuse(settings.config_file, "was changed just now");
    replace_file(run_dir + kAsWritten, config.after);  // first: else what was written could be a stranger's edit
    replace(target, config.after);
  } catch (const std::system_error& error) {
    throw ConfigNotWritten(fmt::format("{}; nothing was written", error.what()));
  }
}

std::string unsaved_line(const std::string& run, const std::string& run_dir, const RunSettings& settings) {
  const std::uint32_t changed = settings.changed();
  if (changed == 0) return {};
  try {
    if (retuned_config(run_dir, settings).is_saved()) return {};
  } catch (const std::exception&) {  // it cannot be read: then it is not known to be there
  }
  return fmt::format("{} {} changed, not in the config: pooltop set {} --diff", changed,
                     changed == 1 ? "setting" : "settings", run);
}

RunSettings left_settings(const std::string& run_dir) {
  const auto text = text_of(run_dir + "/settings.json");
  return text ? run_settings_from_json(nlohmann::json::parse(*text)) : RunSettings{};
}

}  // namespace pooltop
