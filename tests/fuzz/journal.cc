// SPDX-License-Identifier: MIT
// A run's journal, whoever wrote it: it is read, or refused with a reason. The input is a file, the payload of a whole
// record, and that of one that is torn or damaged.
#include <fcntl.h>
#include <sys/mman.h>

#include <string>

#include "engine/base/error.h"
#include "engine/base/io.h"
#include "engine/journal/journal.h"
#include "engine/journal/record.h"
#include "engine/journal/state_codec.h"
#include "tests/fuzz/target.h"

namespace {

pooltop::JournalContent read_bytes(std::string_view bytes) {
  const pooltop::Fd file(pooltop::check(::memfd_create("journal", MFD_CLOEXEC), "memfd_create", "journal"));
  pooltop::write_all(file.get(), bytes, "journal");
  const pooltop::JournalContent content = pooltop::read_journal(file.get(), "journal");
  MUST_HOLD(content.valid_bytes + content.torn_bytes == bytes.size());
  MUST_HOLD(content.state.has_value() == (content.records > 0));
  return content;
}

void read_file(std::string_view bytes) {
  try {
    const pooltop::JournalContent content = read_bytes(bytes);
    // What is torn says nothing.
    MUST_HOLD(read_bytes(bytes.substr(0, content.valid_bytes)).state == content.state);
  } catch (const pooltop::JournalError&) {
  }
}

std::string sealed(std::string_view payload) {
  std::string record(pooltop::kHeadBytes, '\0');
  record += payload;
  pooltop::seal_record(record);
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = text_of(data, size);
  read_file(input);
  read_file(std::string(pooltop::kJournalLine).append(input));

  const std::string whole = std::string(pooltop::kJournalLine) + sealed(input);
  read_file(whole + std::string(input));
  try {
    const pooltop::JournalState state = pooltop::decode_state(input);
    std::string again;
    pooltop::append_state(again, state);
    MUST_HOLD(again == input);
    MUST_HOLD(read_bytes(whole).state == state);
  } catch (const pooltop::BadState&) {
  }
  return 0;
}
