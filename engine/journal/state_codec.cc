// SPDX-License-Identifier: MIT
// A state is: the sources, the sinks. A list is its length, then its entries. Only one way to write a
// state is taken when reading: shortest varints, ascending ids, intervals that do not touch.
#include "engine/journal/state_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace pooltop {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::uint64_t kIndexEnd = std::uint64_t{1} << 32;  // output indexes are below
constexpr std::uint8_t kHasEnded = 1;
constexpr std::uint8_t kHasTotal = 2;

bool is_entry_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

void put_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_name(std::string& out, const std::string& name) {
  POOLTOP_ASSERT(is_entry_name(name));  // else nobody could read the journal
  put_number(out, name.size());
  out += name;
}

void put_intervals(std::string& out, const Intervals& intervals) {
  put_number(out, intervals.size());
  std::uint64_t lowest = 0;  // where the next one can begin
  for (const auto& [first, end] : intervals) {
    put_number(out, first - lowest);
    put_number(out, end - first - 1);
    lowest = end + 1;  // never wraps in use: only the last one may end at the largest number
  }
}

void put_ids(std::string& out, const ItemIds& ids) {
  put_intervals(out, ids.whole());
  put_number(out, ids.outputs().size());
  std::uint64_t ordinal = 0;
  for (const auto& [parent, indexes] : ids.outputs()) {
    put_number(out, parent.ordinal - ordinal);
    ordinal = parent.ordinal;
    put_number(out, parent.path.size());
    for (const std::uint32_t index : parent.path) put_number(out, index);
    put_intervals(out, indexes);
  }
}

void put_source(std::string& out, const SourceProgress& source) {
  put_name(out, source.name);
  out += static_cast<char>((source.has_ended ? kHasEnded : 0) | (source.total ? kHasTotal : 0));
  put_number(out, source.admitted);
  for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>(source.digest >> shift);
  if (source.total) put_number(out, *source.total);
  put_intervals(out, source.complete);
}

void put_sink(std::string& out, const SinkProgress& sink) {
  put_name(out, sink.name);
  put_number(out, sink.written);
  put_number(out, sink.ids.size());
  for (const ItemIds& ids : sink.ids) put_ids(out, ids);
}

template <typename Entry>
bool has_namesakes(const std::vector<Entry>& entries) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}

  JournalState read() {
    JournalState state;
    // The least that an entry takes bounds how many there can be, so nothing is reserved for a mere claim.
    state.sources.resize(count("sources", 13));
    for (SourceProgress& source : state.sources) read_source(source);
    if (has_namesakes(state.sources)) refuse("no name twice");
    state.sinks.resize(count("sinks", 4));
    for (SinkProgress& sink : state.sinks) read_sink(sink, state.sources.size());
    if (has_namesakes(state.sinks)) refuse("no name twice");
    if (left() > 0) refuse("the end");
    return state;
  }

 private:
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  [[noreturn]] void refuse(std::string_view expected) const {
    throw BadState(fmt::format("byte {} of a record: expected {}", at_, expected));
  }

  std::uint8_t byte(std::string_view expected) {
    if (left() == 0) refuse(expected);
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  std::uint64_t number(std::string_view expected) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte(expected);
      if (shift == 63 && next > 1) break;  // more than 64 bits
      if (shift > 0 && next == 0) break;   // a longer form of a smaller number
      value |= std::uint64_t{next & 0x7fu} << shift;
      if (next < 0x80) return value;
    }
    --at_;
    refuse(expected);
  }

  std::uint64_t number_below(std::uint64_t limit, std::string_view expected) {
    const std::uint64_t value = number(expected);
    if (value >= limit) refuse(expected);
    return value;
  }

  /// How many of something follow, each of at least so many bytes.
  std::size_t count(std::string_view of_what, std::size_t least_bytes) {
    const std::uint64_t value = number(of_what);
    if (value > left() / least_bytes) refuse(fmt::format("fewer {}", of_what));
    return static_cast<std::size_t>(value);
  }

  std::string name() {
    const std::size_t size = count("bytes of a name", 1);
    const std::string_view text = bytes_.substr(at_, size);
    if (!is_entry_name(text)) refuse("a name");
    at_ += size;
    return std::string(text);
  }

  /// All of them below `limit`, which is 2^64 - 1 at most.
  Intervals intervals(std::uint64_t limit) {
    Intervals out;
    std::uint64_t lowest = 0;
    for (std::size_t n = count("intervals", 2); n > 0; --n) {
      if (lowest >= limit) refuse("no interval behind the largest number");
      const std::uint64_t first = lowest + number_below(limit - lowest, "the beginning of an interval");
      const std::uint64_t end = first + 1 + number_below(limit - first, "the length of an interval");
      out.add(first, end - first);
      lowest = end < limit ? end + 1 : limit;
    }
    return out;
  }

  void read_ids(ItemIds& ids) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [first, end] : intervals(kMax)) ids.add_whole(first, end - first);
    ItemIds::Parent last;
    for (std::size_t n = count("outputs", 5); n > 0; --n) {
      ItemIds::Parent parent;
      const std::uint64_t more = number("an ordinal");
      if (more > kMax - last.ordinal) refuse("an ordinal");
      parent.ordinal = last.ordinal + more;
      parent.path.resize(count("indexes", 1));
      for (std::uint32_t& index : parent.path) index = static_cast<std::uint32_t>(number_below(kIndexEnd, "an index"));
      if (!ids.outputs().empty() && parent <= last) refuse("an id behind the one before");
      const Intervals indexes = intervals(kIndexEnd);
      if (indexes.empty()) refuse("an interval");
      last = parent;
      ids.add(std::move(parent), indexes);
    }
  }

  void read_source(SourceProgress& source) {
    source.name = name();
    const std::uint8_t flags = byte("the flags of a source");
    if ((flags & ~(kHasEnded | kHasTotal)) != 0) refuse("known flags");
    source.has_ended = (flags & kHasEnded) != 0;
    source.admitted = number("how many items");
    for (unsigned shift = 0; shift < 64; shift += 8) source.digest |= std::uint64_t{byte("a digest")} << shift;
    if ((flags & kHasTotal) != 0) source.total = number("a total");
    source.complete = intervals(std::numeric_limits<std::uint64_t>::max());
  }

  void read_sink(SinkProgress& sink, std::size_t sources) {
    sink.name = name();
    sink.written = number("a length");
    const std::size_t lists = count("lists of ids", 2);
    if (lists > sources) refuse("ids of known sources");
    sink.ids.resize(lists);
    for (ItemIds& ids : sink.ids) read_ids(ids);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

void append_state(std::string& out, const JournalState& state) {
  POOLTOP_ASSERT(!has_namesakes(state.sources) && !has_namesakes(state.sinks));
  put_number(out, state.sources.size());
  for (const SourceProgress& source : state.sources) put_source(out, source);
  put_number(out, state.sinks.size());
  for (const SinkProgress& sink : state.sinks) {
    POOLTOP_ASSERT(sink.ids.size() <= state.sources.size());
    put_sink(out, sink);
  }
}

JournalState decode_state(std::string_view bytes) { return StateReader(bytes).read(); }

}  // namespace pooltop
