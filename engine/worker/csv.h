// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pooltop {

/// Rows of RFC 4180: commas, CR LF behind each row, quotes where a cell needs them.
void append_csv_row(std::string& out, const std::vector<std::string>& cells);

/// The cells of the first row of `text`; nullopt when that row has no end.
[[nodiscard]] std::optional<std::vector<std::string>> first_csv_row(std::string_view text);

/// Makes rows of items: a JSON array is a row, an object a row by the header that the first object gives, any other
/// text a row of one cell. A cell is a string as it is, null nothing, any other value compact JSON.
class CsvWriter {
 public:
  CsvWriter() = default;
  /// Goes on with a file that has begun with this header.
  explicit CsvWriter(std::vector<std::string> header) : header_(std::move(header)), has_begun_(true) {}

  /// Appends the item's row (before the first object its header), or says why it cannot be a row.
  [[nodiscard]] std::optional<std::string> append(std::string& out, std::string_view item);

 private:
  std::optional<std::string> append_object(std::string& out, std::string_view object);

  std::vector<std::string> header_;  // empty: none yet
  bool has_begun_ = false;           // there is a row
};

}  // namespace pooltop
