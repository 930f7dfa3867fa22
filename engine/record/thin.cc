// SPDX-License-Identifier: MIT
#include "engine/record/thin.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/record/frames.h"
#include "engine/record/json_change.h"

namespace pooltop {
namespace {

constexpr std::uint64_t kLargestStep = std::uint64_t{1} << 40;

enum class Group : std::uint8_t { Sample, Rows, CommonEvent, Event };
constexpr std::size_t kGroups = 4;

struct Part {
  Group group;
  std::uint64_t number;  // of a sample; else which of its group it is
  std::size_t begin, end;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

// As the text has it: a whole parse of thousands would hold up who asks.
bool is_common_event(std::string_view payload) {
  return payload.find(R"("kind":"retry")") != std::string_view::npos ||
         payload.find(R"("kind":"failed")") != std::string_view::npos;
}

struct Contents {
  std::vector<Part> parts;
  std::size_t bytes_of[kGroups] = {};
  std::uint64_t count_of[kGroups] = {};
  std::uint64_t newest_of[kGroups] = {};
};

std::optional<Group> group_of(const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::Sample:
      return Group::Sample;
    case FrameKind::Rows:
      return Group::Rows;
    case FrameKind::Happening:
      return is_common_event(frame.payload) ? Group::CommonEvent : Group::Event;
  }
  return std::nullopt;
}

Contents contents_of(std::string_view file) {
  Contents all;
  for_each_frame(file, [&all](const Frame& frame) {
    const auto group = group_of(frame);
    if (!group) return;
    const auto at = static_cast<std::size_t>(*group);
    std::string_view payload = frame.payload;
    const std::uint64_t number = frame.kind == FrameKind::Happening ? all.count_of[at] : read_head(payload).number;
    all.newest_of[at] = number;
    all.parts.push_back({*group, number, frame.begin, frame.end});
    all.bytes_of[at] += frame.end - frame.begin;
    ++all.count_of[at];
  });
  return all;
}

bool builds_on(std::uint64_t number, std::uint64_t base) {
  while (number > base && !is_key(number)) number = base_of(number);
  return number == base;
}

// Which samples stay: each step's, and the recent ones with what they build on. What the first of those builds on is
// all that the later ones need of what is older.
struct Choice {
  std::uint64_t step = 1;
  std::uint64_t first_recent = 0;
  [[nodiscard]] bool keeps(std::uint64_t number) const {
    return number >= first_recent || number % step == 0 || builds_on(first_recent, number);
  }
};

Choice choice_of(std::uint64_t step, std::uint64_t newest, std::uint64_t recent) {
  return {step, newest > recent ? newest - recent : 0};
}

std::size_t size_with(const Contents& all, Group group, const Choice& choice) {
  std::size_t sum = 0;
  for (const Part& part : all.parts)
    if (part.group == group && choice.keeps(part.number)) sum += part.size();
  return sum;
}

Choice choose(const Contents& all, Group group, std::size_t room, std::uint64_t recent) {
  const std::uint64_t newest = all.newest_of[static_cast<std::size_t>(group)];
  for (;; recent /= 4) {
    for (std::uint64_t step = 1; step <= kLargestStep; step *= 2) {
      const Choice choice = choice_of(step, newest, recent);
      if (size_with(all, group, choice) <= room) return choice;
      if (step > newest && step >= kGroup) break;  // the first one and the recent ones are all that is left
    }
    if (recent == 0) return choice_of(kLargestStep, newest, 0);
  }
}

// How many frames of rows belong to so many samples at the end.
std::uint64_t rows_in_last(const Contents& all, std::uint64_t samples) {
  std::uint64_t rows = 0;
  for (auto part = all.parts.rbegin(); part != all.parts.rend() && samples > 0; ++part) {
    if (part->group == Group::Rows) ++rows;
    if (part->group == Group::Sample) --samples;
  }
  return rows;
}

std::uint64_t stride_for(std::size_t bytes, std::size_t room) {
  std::uint64_t stride = 1;
  while (bytes / stride > room) stride *= 2;
  return stride;
}

}  // namespace

std::string thinned(std::string_view file, std::size_t bytes, std::size_t recent) {
  const Contents all = contents_of(file);
  std::uint64_t stride[kGroups] = {};
  std::size_t events = 0;
  for (const Group group : {Group::CommonEvent, Group::Event}) {
    const auto at = static_cast<std::size_t>(group);
    stride[at] = stride_for(all.bytes_of[at], bytes / 16);
    events += all.bytes_of[at] / stride[at];
  }
  // Each series has half of the room at least, and what the other one does not need.
  const std::size_t room = bytes / 2 - std::min(events, bytes / 4);
  const std::size_t for_rows = room - std::min(room / 2, all.bytes_of[static_cast<std::size_t>(Group::Sample)]);
  const Choice rows = choose(all, Group::Rows, for_rows, rows_in_last(all, recent));
  const std::size_t taken = std::min(room / 2, size_with(all, Group::Rows, rows));
  const Choice samples = choose(all, Group::Sample, room - taken, recent);
  std::string out = first_line();
  for (const Part& part : all.parts) {
    const auto at = static_cast<std::size_t>(part.group);
    const bool stays = part.group == Group::Sample ? samples.keeps(part.number)
                       : part.group == Group::Rows ? rows.keeps(part.number)
                                                   : (all.count_of[at] - 1 - part.number) % stride[at] == 0;
    if (stays) out += file.substr(part.begin, part.size());
  }
  return out;
}

}  // namespace pooltop
