// SPDX-License-Identifier: MIT
#include "tui/app/key_file.h"

#include <filesystem>
#include <system_error>

#include "engine/base/environment.h"
#include "engine/base/io.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostKeyFileBytes = 1u << 20;

BindingsRead refused(const std::string& file, std::string why) {
  BindingsRead read;
  read.errors.push_back({file, 0, 0, "", std::move(why)});
  return read;
}

}  // namespace

std::string key_file() {
  std::string folder = folder_from("XDG_CONFIG_HOME");
  if (folder.empty()) {
    folder = home_folder();
    if (folder.empty()) return {};
    folder += "/.config";
  }
  return folder + "/pooltop/keys.json";
}

BindingsRead load_bindings() {
  const std::string file = key_file();
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (file.empty() || status.type() == std::filesystem::file_type::not_found) return {};
  if (failed) return refused(file, failed.message());
  if (!std::filesystem::is_regular_file(status)) return refused(file, "this is no file");
  try {
    const auto text = read_file(file, kMostKeyFileBytes);
    return text ? read_bindings(*text, file) : refused(file, "larger than 1 MiB");
  } catch (const std::system_error& error) {
    return refused(file, error.code().message());
  }
}

}  // namespace pooltop
