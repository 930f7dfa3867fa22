// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pooltop {

/// Why a request was refused. The names are those of the socket (docs/control-protocol.md).
enum class ErrorCode : std::uint8_t {
  NoSuchTarget,
  BadRequest,
  TooLarge,
  TooManyClients,
  RateLimited,
  ReadOnly,
  StalePid,
  NotPossible,
  Ended,
  NotAllowed,    // by the client: the socket belongs to another user
  TimedOut,      // by the client: no answer in time
  Disconnected,  // by the client: nobody listens, or the engine went away
};

struct ErrorCodeRow {
  ErrorCode code;
  std::string_view name;
};
inline constexpr auto kErrorCodes = std::to_array<ErrorCodeRow>({
    {ErrorCode::NoSuchTarget, "no_such_target"},
    {ErrorCode::BadRequest, "bad_request"},
    {ErrorCode::TooLarge, "too_large"},
    {ErrorCode::TooManyClients, "too_many_clients"},
    {ErrorCode::RateLimited, "rate_limited"},
    {ErrorCode::ReadOnly, "read_only"},
    {ErrorCode::StalePid, "stale_pid"},
    {ErrorCode::NotPossible, "not_possible"},
    {ErrorCode::Ended, "ended"},
    {ErrorCode::NotAllowed, "not_allowed"},
    {ErrorCode::TimedOut, "timed_out"},
    {ErrorCode::Disconnected, "disconnected"},
});
static_assert(
    [] {
      for (std::size_t i = 0; i < kErrorCodes.size(); ++i)
        if (static_cast<std::size_t>(kErrorCodes[i].code) != i) return false;
      return static_cast<std::size_t>(ErrorCode::Disconnected) + 1 == kErrorCodes.size();
    }(),
    "one row per ErrorCode, in the enum's order");

constexpr std::string_view name_of(ErrorCode code) { return kErrorCodes[static_cast<std::size_t>(code)].name; }
constexpr std::optional<ErrorCode> error_code_named(std::string_view name) {
  for (const auto& row : kErrorCodes)
    if (row.name == name) return row.code;
  return std::nullopt;
}

/// A request that was refused: what() is the message, fit to be shown.
class ControlError : public std::runtime_error {
 public:
  ControlError(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

[[noreturn]] inline void refuse(ErrorCode code, const std::string& message) { throw ControlError(code, message); }

}  // namespace pooltop
