// SPDX-License-Identifier: MIT
#include "engine/base/environment.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace pooltop {

std::string folder_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] == '/' ? std::string(value) : std::string();
}

std::string home_folder() {
  if (std::string from_environment = folder_from("HOME"); !from_environment.empty()) return from_environment;
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr && entry->pw_dir != nullptr && entry->pw_dir[0] == '/' ? entry->pw_dir : std::string();
}

}  // namespace pooltop
