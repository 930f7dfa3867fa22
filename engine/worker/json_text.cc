// SPDX-License-Identifier: MIT
#include "engine/worker/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "engine/base/text.h"

namespace pooltop {

namespace {

constexpr std::size_t kBad = std::string_view::npos;
constexpr int kMaxDepth = 512;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// The code unit of "\uXXXX" at `at`, or -1.
int hex_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  const char* end = text.data() + at + 6;
  const auto [stop, error] = std::from_chars(text.data() + at + 2, end, unit, 16);
  return error == std::errc{} && stop == end && unit >= 0 ? unit : -1;
}

std::size_t skip_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return kBad;
  if (text[at + 1] != 'u') return std::string_view("\"\\/bfnrt").find(text[at + 1]) != kBad ? at + 2 : kBad;
  const int unit = hex_unit(text, at);
  if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return kBad;
  if (unit < 0xD800 || unit > 0xDBFF) return at + 6;
  const int low = hex_unit(text, at + 6);
  return low >= 0xDC00 && low <= 0xDFFF ? at + 12 : kBad;
}

std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"') return at + 1;
    if (c < 0x20) return kBad;
    if (c == '\\') {
      at = skip_escape(text, at);
      if (at == kBad) return kBad;
    } else if (c < 0x80) {
      ++at;
    } else {
      const std::size_t length = utf8_length(text.substr(at));
      if (length == 0) return kBad;
      at += length;
    }
  }
  return kBad;
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_digit(text[at])) return kBad;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::size_t skip_number(std::string_view text, std::size_t at) {
  if (text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0')
    ++at;
  else
    at = skip_digits(text, at);
  if (at != kBad && at < text.size() && text[at] == '.') at = skip_digits(text, at + 1);
  if (at != kBad && at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    at = skip_digits(text, at);
  }
  return at;
}

std::size_t skip_word(std::string_view text, std::size_t at, std::string_view word) {
  return text.substr(at, word.size()) == word ? at + word.size() : kBad;
}

std::size_t skip_value(std::string_view text, std::size_t at, int depth);

// An object or an array; the cursor stands on its bracket.
std::size_t skip_group(std::string_view text, std::size_t at, int depth) {
  const bool object = text[at] == '{';
  const char close = object ? '}' : ']';
  at = skip_space(text, at + 1);
  if (at < text.size() && text[at] == close) return at + 1;
  while (at < text.size()) {
    if (object) {
      if (text[at] != '"') return kBad;
      at = skip_string(text, at);
      if (at == kBad) return kBad;
      at = skip_space(text, at);
      if (at >= text.size() || text[at] != ':') return kBad;
      at = skip_space(text, at + 1);
    }
    at = skip_value(text, at, depth + 1);
    if (at == kBad) return kBad;
    at = skip_space(text, at);
    if (at >= text.size()) return kBad;
    if (text[at] == close) return at + 1;
    if (text[at] != ',') return kBad;
    at = skip_space(text, at + 1);
  }
  return kBad;
}

// The end of the value that begins at `at`, kBad where there is none.
std::size_t skip_value(std::string_view text, std::size_t at, int depth) {
  if (at >= text.size() || depth > kMaxDepth) return kBad;
  switch (text[at]) {
    case '{':
    case '[':
      return skip_group(text, at, depth);
    case '"':
      return skip_string(text, at);
    case 't':
      return skip_word(text, at, "true");
    case 'f':
      return skip_word(text, at, "false");
    case 'n':
      return skip_word(text, at, "null");
    default:
      return text[at] == '-' || is_digit(text[at]) ? skip_number(text, at) : kBad;
  }
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// The escape at `at` is appended as what it says; its end is returned.
std::size_t unescape(std::string& out, std::string_view token, std::size_t at) {
  switch (token[at + 1]) {
    case 'b':
      out += '\b';
      return at + 2;
    case 'f':
      out += '\f';
      return at + 2;
    case 'n':
      out += '\n';
      return at + 2;
    case 'r':
      out += '\r';
      return at + 2;
    case 't':
      out += '\t';
      return at + 2;
    case 'u':
      break;
    default:
      out += token[at + 1];
      return at + 2;
  }
  const auto unit = static_cast<std::uint32_t>(hex_unit(token, at));
  if (unit < 0xD800 || unit > 0xDBFF) {
    append_utf8(out, unit);
    return at + 6;
  }
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (static_cast<std::uint32_t>(hex_unit(token, at + 6)) - 0xDC00));
  return at + 12;
}

}  // namespace

bool is_json(std::string_view text) noexcept {
  const std::size_t end = skip_value(text, skip_space(text, 0), 0);
  return end != kBad && skip_space(text, end) == text.size();
}

std::string_view json_trim(std::string_view text) noexcept {
  text.remove_prefix(skip_space(text, 0));
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string json_compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      const std::size_t end = skip_string(json, at);
      out += json.substr(at, end - at);
      at = end;
    } else {
      if (!is_space(json[at])) out += json[at];
      ++at;
    }
  }
  return out;
}

std::string json_unquote(std::string_view token) {
  const std::string_view body = token.substr(1, token.size() - 2);
  std::string out;
  out.reserve(body.size());
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t escape = std::min(body.find('\\', at), body.size());
    out += body.substr(at, escape - at);
    at = escape < body.size() ? unescape(out, body, escape) : escape;
  }
  return out;
}

void append_json_string(std::string& out, std::string_view utf8) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // from here on nothing needs an escape so far
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    const auto c = static_cast<unsigned char>(utf8[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += utf8.substr(plain, at - plain);
    plain = at + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        ((out += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
    }
  }
  out += utf8.substr(plain);
  out += '"';
}

std::vector<std::string_view> json_elements(std::string_view array) {
  std::vector<std::string_view> out;
  std::size_t at = skip_space(array, skip_space(array, 0) + 1);
  while (at < array.size() && array[at] != ']') {
    const std::size_t end = skip_value(array, at, 0);
    out.push_back(array.substr(at, end - at));
    at = skip_space(array, end);
    if (array[at] == ',') at = skip_space(array, at + 1);
  }
  return out;
}

std::vector<std::pair<std::string, std::string_view>> json_members(std::string_view object) {
  std::vector<std::pair<std::string, std::string_view>> out;
  std::size_t at = skip_space(object, skip_space(object, 0) + 1);
  while (at < object.size() && object[at] != '}') {
    const std::size_t key_end = skip_string(object, at);
    std::string key = json_unquote(object.substr(at, key_end - at));
    at = skip_space(object, skip_space(object, key_end) + 1);
    const std::size_t end = skip_value(object, at, 0);
    out.emplace_back(std::move(key), object.substr(at, end - at));
    at = skip_space(object, end);
    if (object[at] == ',') at = skip_space(object, at + 1);
  }
  return out;
}

std::optional<std::string_view> json_at(std::string_view json, std::string_view pointer) {
  std::string_view value = json_trim(json);
  while (!pointer.empty()) {
    const std::size_t slash = std::min(pointer.find('/', 1), pointer.size());
    std::string key;
    for (std::size_t i = 1; i < slash; ++i) {
      const bool tilde = pointer[i] == '~' && i + 1 < slash;
      key += tilde ? (pointer[++i] == '1' ? '/' : '~') : pointer[i];
    }
    pointer.remove_prefix(slash);
    if (value.front() == '{') {
      const auto members = json_members(value);
      const auto found = std::find_if(members.rbegin(), members.rend(), [&](const auto& m) { return m.first == key; });
      if (found == members.rend()) return std::nullopt;
      value = found->second;
    } else if (value.front() == '[') {
      std::size_t index = 0;
      const auto [stop, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      if (error != std::errc{} || stop != key.data() + key.size() || (key.size() > 1 && key[0] == '0'))
        return std::nullopt;
      const auto elements = json_elements(value);
      if (index >= elements.size()) return std::nullopt;
      value = elements[index];
    } else {
      return std::nullopt;
    }
  }
  return value;
}

std::string json_plain(std::string_view value) {
  return value.starts_with('"') ? json_unquote(value) : json_compact(value);
}

}  // namespace pooltop
