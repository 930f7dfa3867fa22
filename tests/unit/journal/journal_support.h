// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/journal/journal.h"
#include "engine/journal/record.h"
#include "engine/journal/state_codec.h"
#include "tests/support/random.h"

namespace pooltop::test {

/// A directory of its own (0700) for a journal, gone at the end.
class JournalDir {
 public:
  JournalDir() {
    std::string name = std::filesystem::temp_directory_path() / "pooltop-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw_system_error(errno, "mkdtemp", name);
    path_ = name;
  }
  JournalDir(const JournalDir&) = delete;
  JournalDir& operator=(const JournalDir&) = delete;
  ~JournalDir() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string journal() const { return file("journal"); }

 private:
  std::filesystem::path path_;
};

/// No file can grow beyond so many bytes, as on a disk that is full.
class FullAt {
 public:
  explicit FullAt(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FullAt(const FullAt&) = delete;
  FullAt& operator=(const FullAt&) = delete;
  ~FullAt() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    (void)std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string encoded(const JournalState& state) {
  std::string out;
  append_state(out, state);
  return out;
}

inline std::string record_of(std::string_view payload) {
  std::string record(kHeadBytes, '\0');
  record += payload;
  seal_record(record);
  return record;
}

/// What a run has done after so many steps: one of two sources has an item that is not done, and outputs of it written.
inline JournalState state_after(std::uint64_t steps) {
  JournalState state;
  state.sources.resize(2);
  state.sources[0].name = "urls";
  state.sources[0].complete.add(0, steps);
  state.sources[0].complete.add(steps + 1, 3);
  state.sources[0].admitted = steps + 4;
  state.sources[1] = {
      .name = "files", .complete = {}, .admitted = 9, .digest = 0x1234567890abcdef, .has_ended = true, .total = 9};
  state.sinks.resize(1);
  state.sinks[0].name = "save";
  state.sinks[0].written = 100 * steps;
  state.sinks[0].ids.resize(2);
  state.sinks[0].ids[0].add(steps, std::vector<std::uint32_t>{0});
  state.sinks[0].ids[0].add(steps, std::vector<std::uint32_t>{2, 7});
  state.sinks[0].ids[1].add(4, {});
  return state;
}

/// Any state, with numbers of any size.
inline JournalState random_state(testing::Random& random) {
  const auto number = [&]() -> std::uint64_t {
    const std::uint64_t wide = (std::uint64_t{random()} << 32) | random();
    return wide >> (random() % 64);
  };
  const auto intervals = [&](std::uint64_t limit) {
    Intervals out;
    for (std::uint32_t n = random() % 6; n > 0; --n) {
      const std::uint64_t first = number() % limit;
      out.add(first, 1 + std::min(number(), limit - 1 - first));
    }
    return out;
  };
  JournalState state;
  state.sources.resize(random() % 4);
  for (SourceProgress& source : state.sources) {
    source.name = std::string(1 + random() % 60, 's') + std::to_string(&source - state.sources.data());
    source.complete = intervals(~std::uint64_t{0});
    source.admitted = number();
    source.digest = number();
    source.has_ended = random() % 2 == 0;
    if (random() % 2 == 0) source.total = number();
  }
  state.sinks.resize(random() % 4);
  for (SinkProgress& sink : state.sinks) {
    sink.name = "sink-" + std::to_string(&sink - state.sinks.data());
    sink.written = number();
    sink.ids.resize(random() % (state.sources.size() + 1));
    for (ItemIds& ids : sink.ids) {
      for (const auto& [first, end] : intervals(~std::uint64_t{0})) ids.add_whole(first, end - first);
      for (std::uint32_t n = random() % 5; n > 0; --n) {
        ItemIds::Parent parent{number(), {}};
        for (std::uint32_t depth = random() % 3; depth > 0; --depth) parent.path.push_back(random() >> (random() % 32));
        Intervals indexes = intervals(std::uint64_t{1} << 32);
        indexes.add(random() % 100, 1);
        ids.add(std::move(parent), indexes);
      }
    }
  }
  return state;
}

}  // namespace pooltop::test
