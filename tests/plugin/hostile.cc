// SPDX-License-Identifier: MIT
// A plugin that spoils the memory which its worker shares with the engine, as a broken or a malicious one could.
//   scribble  an item is "WAY SEED"; the ways are in kWays. With the way "honest" it gives the item back.
#include <pooltop/plugin.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/region/layout.h"

namespace {

using pooltop::ControlPage;
using Random = std::mt19937_64;

struct Mapping {
  char* begin;
  std::size_t size;
};

/// What this process has of its region: the control page, then each ring, twice back to back.
struct Region {
  std::vector<Mapping> mappings;
  [[nodiscard]] ControlPage& page() const { return *reinterpret_cast<ControlPage*>(mappings.front().begin); }
  [[nodiscard]] char* outbox() const { return mappings[3].begin; }
};

Region find_region() {
  Region region;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:pooltop-region") == std::string::npos) continue;
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long offset = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx", &begin, &end, &offset) != 3) continue;
    const Mapping mapping{reinterpret_cast<char*>(begin), end - begin};  // NOLINT(performance-no-int-to-ptr)
    // The page begins the file; of two mappings of one ring the kernel may have made one line, or the other way round.
    if (offset == 0)
      region.mappings.insert(region.mappings.begin(), mapping);
    else
      region.mappings.push_back(mapping);
  }
  return region;
}

void scribble(const Region& region, Random& random, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    const Mapping& mapping = region.mappings[random() % region.mappings.size()];
    const std::uint64_t value = random() % 4 == 0 ? random() % 64 : random();
    std::memcpy(mapping.begin + random() % (mapping.size / 8) * 8, &value, sizeof value);
  }
}

// Only what says where both sides are: the rings stay as they are.
void scribble_on_page(const Region& region, Random& random) {
  char* const begin = reinterpret_cast<char*>(&region.page());
  for (std::size_t i = 0; i < sizeof(ControlPage); i += 8) {
    const std::uint64_t value = random() % 2 == 0 ? random() % 64 : random();
    std::memcpy(begin + i, &value, sizeof value);
  }
}

// A record behind the last one, published: its header is good up to what `spoil` makes of it.
template <typename Spoil>
void publish(const Region& region, Spoil spoil) {
  ControlPage& page = region.page();
  const std::uint64_t tail = page.out_tail.load();
  pooltop::RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(pooltop::record_bytes(0, 0, 0));
  header.kind = static_cast<std::uint16_t>(pooltop::RecordKind::End);
  spoil(header);
  std::memcpy(region.outbox() + (tail & (page.ring_bytes - 1)), &header, sizeof header);
  page.out_tail.store(tail + pooltop::record_bytes(0, 0, 0));
}

[[noreturn]] void stay() {
  for (;;) ::pause();
}

struct Way {
  std::string_view name;
  void (*go)(const Region& region, Random& random);
};

constexpr Way kWays[] = {
    {"once", [](const Region& region, Random& random) { scribble(region, random, 1 << 14); }},
    {"page", [](const Region& region, Random& random) { scribble_on_page(region, random); }},
    {"thread",
     [](const Region& region, Random& random) {
       std::thread([region, random]() mutable {
         for (;;) scribble(region, random, 256);
       }).detach();
     }},
    {"tail", [](const Region& region, Random& random) { region.page().out_tail.store(random()); }},
    {"head", [](const Region& region, Random& random) { region.page().in_head.store(random()); }},
    {"record",
     [](const Region& region, Random& random) {
       publish(region, [&](pooltop::RecordHeader& header) {
         std::uint32_t words[sizeof header / 4];
         for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
         std::memcpy(&header, words, sizeof header);
       });
     }},
    // Sizes that fit, everything else by chance: what no check of sizes finds.
    {"sense",
     [](const Region& region, Random& random) {
       publish(region, [&](pooltop::RecordHeader& header) {
         header.kind = static_cast<std::uint16_t>(random() % 9);
         header.sequence = static_cast<std::uint32_t>(random() % 4);
         header.from = static_cast<std::uint32_t>(random() % 4);
         header.elapsed_ns = random();
         header.flags = static_cast<std::uint16_t>(random());
       });
     }},
    {"end",
     [](const Region& region, Random&) {
       publish(region, [](pooltop::RecordHeader&) {});
       ::_exit(0);
     }},
    {"claims",
     [](const Region& region, Random& random) {
       for (auto& slot : region.page().slots) slot.claim.store(static_cast<std::uint32_t>(random()));
     }},
    // Asleep in a way that does not exist: whoever looks only for those that do wakes nobody.
    {"asleep",
     [](const Region& region, Random& random) {
       region.page().asleep.store(static_cast<pooltop::Sleep>(random()));
       stay();
     }},
    // Hangs, and says that it has nothing in work, waits for room, or has just begun.
    {"idle",
     [](const Region& region, Random&) {
       region.page().current.store(0);
       stay();
     }},
    {"room",
     [](const Region& region, Random&) {
       region.page().want_head.store(std::uint64_t{1} << 40);
       region.page().asleep.store(pooltop::Sleep::Futex);
       stay();
     }},
    {"young",
     [](const Region& region, Random&) {
       region.page().item_started.store(INT64_MAX);
       stay();
     }},
};

}  // namespace

extern "C" {

uint32_t pooltop_plugin_abi(void) { return POOLTOP_PLUGIN_ABI; }

void* pooltop_plugin_open(const char*, const char*, const pooltop_host*) {
  static char self;
  return &self;
}

int pooltop_plugin_apply(void*, const void* item, size_t size, const pooltop_host* host) {
  const std::string_view text(static_cast<const char*>(item), size);
  const std::size_t space = text.find(' ');
  std::uint64_t seed = 0;
  if (space != std::string_view::npos) std::from_chars(text.data() + space + 1, text.data() + size, seed);
  Random random(seed);
  for (const Way& way : kWays)
    if (text.substr(0, space) == way.name) way.go(find_region(), random);
  host->emit(host->context, item, size);
  return 0;
}

void pooltop_plugin_close(void*) {}

}  // extern "C"
