// SPDX-License-Identifier: MIT
// A worker gone mad writes any bytes where its answers stand: the engine's side of the region reads records whose sizes
// fit, or says HostileWorker. The first 8 bytes are the position that the worker claims to have come to.
#include <cstring>

#include "engine/region/failure.h"
#include "engine/region/link.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kRing = 4096;
  if (size < 8) return 0;
  pooltop::Link link(kRing, "", false);
  const pooltop::RegionMap worker = pooltop::RegionMap::attach(link.region_fd());
  std::uint64_t tail = 0;
  std::memcpy(&tail, data, sizeof tail);
  std::memcpy(worker.outbox(0), data + 8, std::min<std::size_t>(size - 8, kRing));
  worker.page().out_tail.store(tail);
  try {
    pooltop::Published record;
    std::uint64_t total = 0;
    while (link.peek(record)) {
      total += record.header.bytes;
      MUST_HOLD(total <= kRing);
      // Every byte that the record says it has can be read.
      const std::string copy(reinterpret_cast<const char*>(record.data), record.header.data_bytes);
      MUST_HOLD(record.header.bytes >= sizeof(pooltop::RecordHeader) + copy.size());
      if (record.kind() == pooltop::RecordKind::Failed) static_cast<void>(pooltop::decode_failure(copy));
      link.consume();
    }
    link.release(-1);
  } catch (const pooltop::HostileWorker& error) {
    MUST_HOLD(*error.what() != '\0');
  }
  return 0;
}
