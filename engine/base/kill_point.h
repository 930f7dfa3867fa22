// SPDX-License-Identifier: MIT
#pragma once

#ifdef POOLTOP_KILL_POINTS

namespace pooltop {

/// Kills this process (SIGKILL) if the environment's POOLTOP_KILL_POINT arms the point of this name. Its value is
/// NAME:EVERY:FILE:COUNT: of the point NAME every EVERY-th pass of a process is its last, as often in all as one of the
/// files FILE.1 to FILE.COUNT is there to be removed: the kills of all processes together are counted by them.
void kill_point(const char* name) noexcept;

}  // namespace pooltop

/// A moment at which tests let the process die: between two steps of a protocol, where a death must do no harm. Builds
/// of type Debug have them, others none.
#define POOLTOP_KILL_POINT(name) ::pooltop::kill_point(#name)
#else
#define POOLTOP_KILL_POINT(name) static_cast<void>(0)
#endif
