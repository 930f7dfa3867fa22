// SPDX-License-Identifier: MIT
#include "engine/worker/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/worker/json_text.h"

namespace pooltop {

namespace {

std::string cell_of(std::string_view value) { return value == "null" ? "" : json_plain(value); }

}  // namespace

void append_csv_row(std::string& out, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    const std::string& cell = cells[i];
    // A row that is one empty cell would be an empty line, which many readers leave out.
    const bool quote = cell.find_first_of(",\"\r\n") != std::string::npos || (cell.empty() && cells.size() == 1);
    if (!quote) {
      out += cell;
      continue;
    }
    out += '"';
    for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += "\r\n";
}

std::optional<std::vector<std::string>> first_csv_row(std::string_view text) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"')
      cells.back() += text[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (quoted)
      cells.back() += c;
    else if (c == ',')
      cells.emplace_back();
    else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
      return cells;
    else
      cells.back() += c;
  }
  return std::nullopt;
}

std::optional<std::string> CsvWriter::append(std::string& out, std::string_view item) {
  const std::string_view text = json_trim(item);
  const bool may_be_json = text.starts_with('[') || text.starts_with('{');
  if (may_be_json && is_json(text)) {
    if (text.starts_with('{')) return append_object(out, text);
    std::vector<std::string> cells;
    for (const std::string_view value : json_elements(text)) cells.push_back(cell_of(value));
    if (cells.empty()) cells.emplace_back();
    append_csv_row(out, cells);
  } else {
    append_csv_row(out, {std::string(item)});
  }
  has_begun_ = true;
  return std::nullopt;
}

std::optional<std::string> CsvWriter::append_object(std::string& out, std::string_view object) {
  const auto members = json_members(object);
  if (header_.empty() && has_begun_) return "an object needs a header, but the file has begun without one";
  const bool is_first = header_.empty();
  if (is_first)
    for (const auto& [key, value] : members)
      if (std::find(header_.begin(), header_.end(), key) == header_.end()) header_.push_back(key);
  if (header_.empty()) return "an object without keys cannot give the header";
  std::vector<std::string> cells(header_.size());
  for (const auto& [key, value] : members) {
    const auto column = std::find(header_.begin(), header_.end(), key);
    if (column == header_.end())
      return fmt::format("key \"{}\" is not in the header, which the first object gave", printable(key, 100));
    cells[static_cast<std::size_t>(column - header_.begin())] = cell_of(value);
  }
  if (is_first) append_csv_row(out, header_);
  append_csv_row(out, cells);
  has_begun_ = true;
  return std::nullopt;
}

}  // namespace pooltop
