// SPDX-License-Identifier: MIT
#include "engine/worker/source_spool.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace pooltop {

namespace {

constexpr int kTryAgainMs = 1000;

bool has_no_room(const std::error_code& code) { return code.value() == ENOSPC || code.value() == EDQUOT; }

}  // namespace

SourceSpool::SourceSpool(WorkContext& context)
    : context_(context),
      writer_(context.spec.run_dir, context.spec.stage.name, SpoolWriter::Options{.syncs = context.spec.syncs}) {}

// This process must not end for that: nobody could read again what it holds.
template <typename Step>
void SourceSpool::insist(const Step& step) {
  bool is_told = false;
  for (;;) {
    try {
      if (is_told) writer_.drop_below(context_.port.kept_from());
      step();
      if (is_told) context_.port.trouble("", true);
      return;
    } catch (const std::system_error& error) {
      if (!has_no_room(error.code())) throw;
      if (!is_told) {
        context_.log.note(error.what());
        context_.port.trouble(error.what(), true);
      }
      is_told = true;
    }
    ::poll(nullptr, 0, kTryAgainMs);
  }
}

void SourceSpool::keep(std::string_view bytes, char delimiter, std::uint64_t items) {
  std::string_view rest = bytes;
  const std::size_t last = writer_.wants_piece() ? bytes.rfind(delimiter) : bytes.npos;
  if (last != bytes.npos) {
    rest = bytes.substr(0, last + 1);
    const auto begun = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), delimiter));
    insist([&] { writer_.append(rest); });
    insist([&] { writer_.begin_piece(items + begun); });
    insist([&] { writer_.drop_below(context_.port.kept_from()); });
    rest = bytes.substr(last + 1);
  }
  insist([&] { writer_.append(rest); });
}

void SourceSpool::end(std::uint64_t items) {
  insist([&] { writer_.end(items); });
}

}  // namespace pooltop
