// SPDX-License-Identifier: MIT
// A run's recording, whoever wrote it: a sample is read or refused. The input is a file, and the insides of a whole one.
#include <string>

#include "engine/record/frames.h"
#include "engine/record/json_change.h"
#include "engine/record/recording.h"
#include "engine/record/thin.h"
#include "tests/fuzz/target.h"

namespace {

void read_all(const std::string& file) {
  try {
    const pooltop::Recording recording(file);
    MUST_HOLD(recording.size() > 0);
    for (std::size_t i = 0; i < recording.size(); ++i) {
      MUST_HOLD(recording.at_time(recording.elapsed_s(i)) >= i);
      try {
        static_cast<void>(recording.at(i));
      } catch (const pooltop::BadRecording&) {
      }
    }
    const std::string less = pooltop::thinned(file, file.size(), 2);
    MUST_HOLD(less.size() <= file.size());
    MUST_HOLD(pooltop::Recording(less).size() > 0);
  } catch (const pooltop::BadRecording&) {
  }
}

std::string framed(pooltop::FrameKind kind, std::uint64_t number, std::string_view changes) {
  std::string payload;
  pooltop::append_head(payload, {number, 1000});
  payload += changes;
  std::string out;
  pooltop::append_frame(out, kind, payload);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using pooltop::FrameKind;
  const std::string_view input = text_of(data, size);
  read_all(std::string(input));
  std::string file = pooltop::first_line();
  file += framed(FrameKind::Rows, 0, input);
  pooltop::append_frame(file, FrameKind::Happening, input);
  file += framed(FrameKind::Sample, 0, input) + framed(FrameKind::Sample, 1, input.substr(size / 2));
  read_all(file);
  return 0;
}
