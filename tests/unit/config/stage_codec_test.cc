// SPDX-License-Identifier: MIT
#include "engine/config/stage_codec.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace pooltop;

namespace {

const std::string kAnyBytes("\0a\n\xff\xc3\x28", 6);

StageConfig stage_with(decltype(StageConfig::work) work) {
  StageConfig stage;
  stage.name = "hash";
  stage.work = std::move(work);
  stage.from = {"a", "b"};
  stage.capacity = 7;
  stage.queue_bytes = ~std::uint64_t{0};
  stage.workers = 4096;
  stage.timeout = 30 * kSecond;
  stage.on_failure = {FailurePolicy::Kind::StopAtShare, 0, 0.1};
  stage.rate_per_s = 0.25;
  stage.start_method = StartMethod::Spawn;
  stage.env = {{"A", kAnyBytes}, {"B", ""}};
  stage.clear_env = true;
  stage.nice = -5;
  return stage;
}

std::vector<StageConfig> one_of_each_kind() {
  return {
      stage_with(SourceConfig{ItemsSource{{kAnyBytes, "", "x"}}, kAnyBytes}),
      stage_with(SourceConfig{RangeSource{-5, INT64_MIN, -1}, std::nullopt}),
      stage_with(SourceConfig{LinesSource{"-", std::string(1, '\0')}, std::nullopt}),
      stage_with(SourceConfig{GlobSource{{"*.h", "**"}}, std::nullopt}),
      stage_with(SourceConfig{CommandSource{{"ls", kAnyBytes}}, ""}),
      stage_with(OpWork{"sleep", R"({"seconds":0.1})", "libmine.so"}),
      stage_with(CommandWork{{"gzip", "{}"}, true, OutputMode::None, true}),
      stage_with(WorkerWork{{"cat"}, WorkerProtocol::Json, 1}),
      stage_with(PythonWork{"m", "f", "python3.11", "lib", Decode::Bytes}),
      stage_with(SinkConfig{LinesSink{"out", kAnyBytes.substr(0, 1)}, true}),
      stage_with(SinkConfig{JsonlSink{"out", true}, false}),
      stage_with(SinkConfig{CsvSink{"out"}, false}),
      stage_with(SinkConfig{CommandSink{{"sort"}}, false}),
      stage_with(SinkConfig{DiscardSink{}, false}),
  };
}

}  // namespace

TEST_CASE("config: a stage of every kind comes back from its bytes as it was, whatever bytes its strings hold") {
  for (const StageConfig& stage : one_of_each_kind()) {
    const std::string bytes = encode(stage);

    const StageConfig back = decode_stage(bytes);

    CHECK(encode(back) == bytes);  // the bytes name every field once
    CHECK(back.work.index() == stage.work.index());
    CHECK(back.env == stage.env);
    CHECK(back.nice == stage.nice);
    CHECK(back.timeout == stage.timeout);
    CHECK(back.on_failure.share == 0.1);
  }
  const auto source = std::get<SourceConfig>(decode_stage(encode(one_of_each_kind()[0])).work);
  CHECK(std::get<ItemsSource>(source.from).items == std::vector<std::string>{kAnyBytes, "", "x"});
  CHECK(source.sentinel == kAnyBytes);
}

TEST_CASE("config: a stage's bytes are refused when they are cut anywhere or longer than they were written") {
  for (const StageConfig& stage : one_of_each_kind()) {
    const std::string bytes = encode(stage);

    for (std::size_t length = 0; length < bytes.size(); ++length)
      CHECK_THROWS_AS((void)decode_stage(std::string_view(bytes).substr(0, length)), std::runtime_error);
    CHECK_THROWS_AS((void)decode_stage(bytes + '\0'), std::runtime_error);
  }
}

TEST_CASE("config: a stage's bytes with any one bit turned are refused or read as some stage, never more") {
  for (const StageConfig& stage : one_of_each_kind()) {
    const std::string bytes = encode(stage);

    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string turned = bytes;
      turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
      std::size_t read_back = 0;
      try {
        read_back = encode(decode_stage(turned)).size();
      } catch (const std::runtime_error&) {  // refused
      }
      CHECK(read_back <= turned.size());
    }
  }
}
