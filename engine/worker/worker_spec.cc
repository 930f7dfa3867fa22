// SPDX-License-Identifier: MIT
#include "engine/worker/worker_spec.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/config/stage_codec.h"

namespace pooltop {

namespace {

using nlohmann::json;

json bytes(const std::string& text) { return json::binary({text.begin(), text.end()}); }

std::string text(const json& value) {
  const auto& binary = value.get_binary();
  return {binary.begin(), binary.end()};
}

}  // namespace

std::string encode(const WorkerSpec& spec) {
  // A list, not an object: both ends are the same build, names would only be weight.
  const json list = {bytes(encode(spec.stage)),
                     bytes(spec.run),
                     spec.slot,
                     spec.max_item_bytes,
                     bytes(spec.log_file),
                     bytes(spec.start_dir),
                     spec.skip,
                     spec.written,
                     spec.is_successor,
                     spec.syncs,
                     static_cast<std::uint8_t>(spec.spool),
                     bytes(spec.run_dir)};
  std::string out;
  json::to_cbor(list, out);
  return out;
}

WorkerSpec decode_worker_spec(std::string_view encoded) {
  try {
    const json list = json::from_cbor(encoded.begin(), encoded.end());
    if (!list.is_array() || list.size() != 12) throw std::runtime_error("not twelve values");
    WorkerSpec spec;
    spec.stage = decode_stage(text(list[0]));
    spec.run = text(list[1]);
    spec.slot = list[2].get<std::uint32_t>();
    spec.max_item_bytes = list[3].get<std::uint64_t>();
    spec.log_file = text(list[4]);
    spec.start_dir = text(list[5]);
    spec.skip = list[6].get<std::uint64_t>();
    spec.written = list[7].get<std::uint64_t>();
    spec.is_successor = list[8].get<bool>();
    spec.syncs = list[9].get<bool>();
    const auto spool = list[10].get<std::uint8_t>();
    if (spool > static_cast<std::uint8_t>(SpoolUse::Read)) throw std::runtime_error("no such spool");
    spec.spool = static_cast<SpoolUse>(spool);
    spec.run_dir = text(list[11]);
    return spec;
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("worker spec: ") + error.what());
  }
}

bool needs_ids(const StageConfig& stage) {
  if (const auto* worker = std::get_if<WorkerWork>(&stage.work)) return worker->protocol == WorkerProtocol::Json;
  if (const auto* sink = std::get_if<SinkConfig>(&stage.work)) return std::holds_alternative<JsonlSink>(sink->to);
  return std::holds_alternative<CommandWork>(stage.work);
}

bool publishes_each(const StageConfig& stage) {
  if (const auto* op = std::get_if<OpWork>(&stage.work)) return op->plugin.has_value();
  return std::holds_alternative<CommandWork>(stage.work) || std::holds_alternative<WorkerWork>(stage.work) ||
         std::holds_alternative<PythonWork>(stage.work);
}

}  // namespace pooltop
