// SPDX-License-Identifier: MIT
#include "engine/config/diagnostic.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace pooltop {

std::string format(const Diagnostic& diagnostic) {
  std::string text = printable(diagnostic.file);
  if (diagnostic.line > 0) text += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
  if (!diagnostic.pointer.empty()) text += ": " + printable(diagnostic.pointer, 200);
  return text + ": " + diagnostic.message;
}

}  // namespace pooltop
