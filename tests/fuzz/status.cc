// SPDX-License-Identifier: MIT
// What the monitor takes for a status object is one, whoever wrote it; anything else is an exception that it expects.
#include <nlohmann/json.hpp>

#include "engine/model/snapshot_json.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const nlohmann::json object = nlohmann::json::parse(text_of(data, size), nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return 0;
  try {
    const pooltop::Snapshot snapshot = pooltop::snapshot_from_json(object);
    static_cast<void>(pooltop::to_json(snapshot).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } catch (const nlohmann::json::exception&) {
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
