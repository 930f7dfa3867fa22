// SPDX-License-Identifier: MIT
// A line that a client sends is a request, or is refused with ControlError, and never anything else.
#include <nlohmann/json.hpp>

#include "engine/control/control_error.h"
#include "engine/control/requests.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    nlohmann::json request = pooltop::parse_request(text_of(data, size));
    pooltop::check_request(request);
    static_cast<void>(pooltop::is_acting(request));
    static_cast<void>(pooltop::targets_of(request));
  } catch (const pooltop::ControlError& error) {
    MUST_HOLD(*error.what() != '\0');
  }
  return 0;
}
