// SPDX-License-Identifier: MIT
#include "tui/app/frame_pace.h"

namespace pooltop {
namespace {

constexpr Nanos kSlowFor = 5 * kSecond;

}  // namespace

bool FramePace::becomes_slow(Nanos now) {
  const bool slow = blocked_at_ != 0 && now - blocked_at_ < kSlowFor;
  const bool becomes = slow && !is_slow_;
  is_slow_ = slow;
  return becomes;
}

}  // namespace pooltop
