// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tests/unit/worker/kinds_support.h"

using namespace pooltop;
using namespace pooltop::testing;

TEST_CASE("worker: a spec survives its encoding, whatever bytes its strings hold") {
  WorkerSpec spec = command_spec({"echo", "\xff{}"});
  spec.run = "run";
  spec.slot = 4095;
  spec.max_item_bytes = 1ull << 40;
  spec.log_file = "/tmp/\xfe";
  spec.start_dir = "/";
  spec.skip = UINT64_MAX;
  spec.written = 12;
  spec.is_successor = true;
  spec.syncs = true;
  spec.spool = SpoolUse::Read;
  spec.run_dir = "/tmp/\xfd";

  const WorkerSpec read = decode_worker_spec(encode(spec));

  CHECK(std::get<CommandWork>(read.stage.work).argv == std::vector<std::string>{"echo", "\xff{}"});
  CHECK(read.run == spec.run);
  CHECK(read.slot == spec.slot);
  CHECK(read.max_item_bytes == spec.max_item_bytes);
  CHECK(read.log_file == spec.log_file);
  CHECK(read.start_dir == spec.start_dir);
  CHECK(read.skip == spec.skip);
  CHECK(read.written == spec.written);
  CHECK(read.is_successor);
  CHECK(read.syncs);
  CHECK(read.spool == SpoolUse::Read);
  CHECK(read.run_dir == spec.run_dir);
}

TEST_CASE("worker: a spec that is cut, longer or rubbish is refused") {
  const std::string bytes = encode(op_spec("identity"));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_THROWS_AS((void)decode_worker_spec(std::string_view(bytes).substr(0, length)), std::runtime_error);
  CHECK_THROWS_AS((void)decode_worker_spec(bytes + "x"), std::runtime_error);
  CHECK_THROWS_AS((void)decode_worker_spec("{}"), std::runtime_error);
}

TEST_CASE("worker: ids travel and answers are published one by one where the work needs it") {
  CHECK(needs_ids(command_spec({"x"}).stage));
  CHECK(needs_ids(lasting_spec({"x"}, WorkerProtocol::Json).stage));
  CHECK(needs_ids(sink_spec(JsonlSink{}).stage));
  CHECK(!needs_ids(lasting_spec({"x"}, WorkerProtocol::Lines).stage));
  CHECK(!needs_ids(op_spec("identity").stage));
  CHECK(!needs_ids(sink_spec(LinesSink{}).stage));
  CHECK(publishes_each(command_spec({"x"}).stage));
  CHECK(publishes_each(lasting_spec({"x"}, WorkerProtocol::Lines).stage));
  CHECK(publishes_each(spec_of(PythonWork{}).stage));
  CHECK(!publishes_each(op_spec("identity").stage));
  CHECK(!publishes_each(sink_spec(LinesSink{}).stage));
}
