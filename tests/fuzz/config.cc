// SPDX-License-Identifier: MIT
// A config of any bytes is either good or has errors that can be printed; what is good survives its way to a worker.
#include "engine/config/load.h"
#include "engine/config/stage_codec.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pooltop::LoadOptions options;
  options.file = "fuzz.json";
  options.text = text_of(data, size);
  options.environment = [](const std::string&) { return std::nullopt; };
  options.start_dir = "/";
  options.check_system = false;
  const pooltop::LoadResult result = pooltop::load_config(options);
  MUST_HOLD(result.config.has_value() == result.errors.empty());
  MUST_HOLD(result.errors.size() <= 20);
  for (const auto& error : result.errors) MUST_HOLD(!pooltop::format(error).empty());
  if (!result.config) return 0;
  for (const auto& stage : result.config->stages) {
    const std::string encoded = pooltop::encode(stage);
    MUST_HOLD(pooltop::encode(pooltop::decode_stage(encoded)) == encoded);
  }
  return 0;
}
