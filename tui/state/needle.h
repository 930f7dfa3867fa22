// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pooltop {

/// Plain text that is looked for in other text. Without a capital letter it fits any case, with one only its own. No
/// pattern: nothing that is typed can make looking for it slow.
class Needle {
 public:
  struct Found {
    std::size_t at = 0;  ///< byte of the text that was searched
    std::size_t size = 0;
    bool operator==(const Found&) const = default;
  };

  Needle() = default;
  explicit Needle(std::string_view text);

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The first place of it from byte `from` on; an empty one is nowhere.
  [[nodiscard]] std::optional<Found> find(std::string_view hay, std::size_t from = 0) const;
  bool operator==(const Needle&) const = default;

 private:
  std::string text_;
  std::u32string folded_;  // what it is compared as where the case does not matter; empty where it does
};

}  // namespace pooltop
