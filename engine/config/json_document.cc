// SPDX-License-Identifier: MIT
// nlohmann's parser decides what is JSON; it tells values as they come, not where they stand. A TokenFinder walks the
// same text beside it: at each event the next token is the one the event speaks of, so its start is found by skipping
// blanks, comments, commas and colons from the end of the token before.
#include "engine/config/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/config/json_tokens.h"

namespace pooltop {

namespace {

// Line and column of growing offsets.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  Position at(std::size_t offset) {
    for (; seen_ < offset && seen_ < text_.size(); ++seen_) {
      const auto byte = static_cast<unsigned char>(text_[seen_]);
      if (byte == '\n')
        ++here_.line, here_.column = 1;
      else if ((byte & 0xc0) != 0x80)  // not inside a character
        ++here_.column;
    }
    return here_;
  }

 private:
  std::string_view text_;
  std::size_t seen_ = 0;
  Position here_{1, 1};
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_integer(std::string_view number) { return number.find_first_of(".eE") == std::string_view::npos; }

// What is wrong with a number's text, or nothing.
std::string number_problem(std::string_view number) {
  if (number.size() > kMaxNumberLength) return fmt::format("number longer than {} characters", kMaxNumberLength);
  const char* const end = number.data() + number.size();
  if (is_integer(number)) {
    std::int64_t with_sign = 0;
    std::uint64_t without = 0;
    const bool fits = number.front() == '-' ? std::from_chars(number.data(), end, with_sign).ec == std::errc{}
                                            : std::from_chars(number.data(), end, without).ec == std::errc{};
    return fits ? "" : fmt::format("number out of range: {} does not fit 64 bits", number);
  }
  double value = 0;  // not strtod: it asks the locale what the decimal point is
  const bool fits = std::from_chars(number.data(), end, value).ec == std::errc{};
  return fits ? "" : fmt::format("number out of range: {} is beyond a double", number);
}

constexpr std::size_t kHopeless = 1024;  // characters of a number: nothing behind it is looked at
constexpr int kOutOfRange = 406;         // nlohmann's number of that error

// nlohmann's events, in the names and types that it asks for.
class TreeBuilder {
 public:
  /// `is_cut`: the text ends within a number that is too long.
  TreeBuilder(std::string_view text, std::size_t begin, JsonDocument& document, bool is_cut)
      : text_(text), tokens_(text, begin), lines_(text), document_(document), is_cut_(is_cut) {}

  bool null() { return take(JsonType::Null); }
  bool boolean(bool truth) { return take(JsonType::Boolean, {}, truth); }
  bool number_integer(std::int64_t) { return number(); }
  bool number_unsigned(std::uint64_t) { return number(); }
  bool number_float(double, const std::string&) { return number(); }
  bool string(std::string& text) { return take(JsonType::Text, std::move(text)); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not of text
  bool start_object(std::size_t) { return open(JsonType::Object); }
  bool start_array(std::size_t) { return open(JsonType::Array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    tokens_.next();
    key_ = std::move(name);
    key_at_ = lines_.at(tokens_.begin());
    return true;
  }
  bool parse_error(std::size_t bytes_read, const std::string&, const nlohmann::json::exception& error) {
    const std::size_t offset = std::min(bytes_read - (bytes_read > 0 ? 1 : 0), text_.size());
    const std::string_view what = error.what();
    if (error.id == kOutOfRange) {
      number();  // finds it too
      if (document_.errors.empty()) fail(lines_.at(offset), "number out of range");
      return false;
    }
    const bool inside = what.find("invalid string") != what.npos || what.find("invalid number") != what.npos ||
                        what.find("invalid comment") != what.npos;
    const std::size_t place = inside ? offset : std::min(offset, tokens_.peek());
    if (!is_cut_ || place < text_.size())
      fail(lines_.at(place), explain(what, place));
    else if (tokens_.peek() < text_.size())
      number();  // cut where it ends no number: not told yet
    return false;
  }

 private:
  bool take(JsonType type, std::string content = {}, bool truth = false) {
    tokens_.next();
    JsonValue value(type, lines_.at(tokens_.begin()), std::move(content));
    value.truth = truth;
    add(std::move(value));
    return true;
  }

  bool number() {
    const std::string_view token = tokens_.next();
    const Position at = lines_.at(tokens_.begin());
    const std::string problem = number_problem(token);
    add(JsonValue(JsonType::Number, at, std::string(token.substr(0, kMaxNumberLength))));
    if (!problem.empty()) fail(at, problem, /*in_member=*/true);
    return true;  // the rest may have more
  }

  bool open(JsonType type) {
    tokens_.next();
    const Position at = lines_.at(tokens_.begin());
    if (open_.size() == kMaxDepth) {
      fail(at, fmt::format("nested deeper than {}", kMaxDepth));
      return false;
    }
    open_.push_back(add(JsonValue(type, at)));
    return true;
  }

  bool close() {
    tokens_.next();
    refuse_doubled_keys(*open_.back());
    open_.pop_back();
    return true;
  }

  // At the end of an object, not at each key: a large one would cost its square.
  void refuse_doubled_keys(const JsonValue& value) {
    if (!value.is(JsonType::Object) || value.members->size() < 2) return;
    std::vector<const JsonMember*> sorted;
    for (const JsonMember& member : *value.members) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key < b->key; });
    for (std::size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i - 1]->key == sorted[i]->key)
        document_.errors.push_back({sorted[i]->key_at, pointer(false) + "/" + pointer_step(sorted[i]->key),
                                    fmt::format("key {} given twice (line {} and {})", json_quoted(sorted[i]->key),
                                                sorted[i - 1]->key_at.line, sorted[i]->key_at.line)});
  }

  // Only the innermost open list grows, so pointers to the open ones stay.
  JsonValue* add(JsonValue value) {
    if (open_.empty()) return &(document_.root = std::move(value));
    const Position key_at = open_.back()->is(JsonType::Object) ? key_at_ : value.at;
    open_.back()->members->push_back({std::move(key_), key_at, std::move(value)});
    key_.clear();
    return &open_.back()->members->back().value;
  }

  // Of the innermost open list, or of its newest member.
  [[nodiscard]] std::string pointer(bool in_member) const {
    std::string path;
    for (std::size_t i = 0; i + (in_member ? 0 : 1) < open_.size(); ++i) path += step_into(*open_[i]);
    return path;
  }
  static std::string step_into(const JsonValue& open) {
    const std::vector<JsonMember>& members = *open.members;
    return "/" + (open.is(JsonType::Array) ? std::to_string(members.size() - 1) : pointer_step(members.back().key));
  }

  void fail(Position at, std::string message, bool in_member = false) {
    document_.errors.push_back({at, pointer(in_member), std::move(message)});
  }

  // "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing A - B; last read:
  // 'X'; C"
  [[nodiscard]] std::string explain(std::string_view what, std::size_t place) const {
    const std::size_t column = what.find(", column ");
    const std::size_t colon = what.find(": ", column == what.npos ? 0 : column);
    std::string text(colon == what.npos ? what : what.substr(colon + 2));
    if (text.starts_with("syntax error while parsing ")) text.erase(0, std::string_view("syntax error while ").size());
    const std::size_t read = text.find("; last read: '");
    if (read != text.npos) {
      const std::size_t after = text.find("'; expected ", read);
      text.erase(read, after == text.npos ? text.npos : after + 1 - read);
    }
    return fmt::format("not JSON: {}{}", printable(text, 200), hint(place));
  }

  // A number of more digits than one, of which that at `place` is not the first.
  [[nodiscard]] bool begins_with_zero(std::size_t place) const {
    std::size_t first = place;
    while (first > 0 && is_digit(text_[first - 1])) --first;
    constexpr std::string_view kBeforeNumber = " \t\r\n:,[-";
    return first < place && text_[first] == '0' && first > 0 && kBeforeNumber.find(text_[first - 1]) != text_.npos;
  }

  [[nodiscard]] std::string_view hint(std::size_t place) const {
    if (place >= text_.size()) return "; the text ends too early";
    const std::size_t before = place == 0 ? text_.npos : text_.find_last_not_of(" \t\r\n", place - 1);
    const char found = text_[place];
    if ((found == '}' || found == ']') && before != text_.npos && text_[before] == ',') return "; no comma before it";
    if (found == '\'') return "; texts stand in double quotes";
    if (found == 'N' || found == 'I') return "; NaN and Infinity are no numbers of JSON";
    if (found == 'T' || found == 'F') return "; write true and false in small letters";
    if (is_digit(found) && begins_with_zero(place)) return "; no zero before a number";
    return "";
  }

  std::string_view text_;
  TokenFinder tokens_;
  LineCounter lines_;
  JsonDocument& document_;
  bool is_cut_;
  std::vector<JsonValue*> open_;
  std::string key_;
  Position key_at_;
};

// What makes it pointless to look at the text as JSON.
std::string encoding_problem(std::string_view text) {
  if (text.size() > kMaxConfigBytes) return "config larger than 16 MiB";
  const bool utf16 = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
                     (text.size() > 1 && (text[0] == '\0') != (text[1] == '\0'));
  if (utf16) return "UTF-16 text: save as UTF-8";
  if (text.find_first_not_of(" \t\r\n") == text.npos || text == kByteOrderMark) return "empty config";
  return "";
}

// A NUL byte is refused here too: nlohmann takes it for the end of the text and would not look at what follows.
bool is_valid_utf8(std::string_view text, JsonDocument& document) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte == 0 ? 0 : byte < 0x80 ? 1 : utf8_length(text.substr(i));
    if (length == 0) {
      document.errors.push_back({LineCounter(text).at(i), "",
                                 byte == 0 ? "not JSON: a NUL byte" : fmt::format("byte {:#04x} is not UTF-8", byte)});
      return false;
    }
    i += length;
  }
  return true;
}

bool has_hopeless_number(std::string_view text) {
  for (std::size_t i = kHopeless - 1; i < text.size(); i += kHopeless) {
    if (!is_digit(text[i])) continue;
    std::size_t first = i;
    while (first > 0 && is_digit(text[first - 1])) --first;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i - first >= kHopeless) return true;
  }
  return false;
}

// The text as far as a number of thousands of digits, and enough of that to be refused: millions of them would be read
// again and again before they are.
std::string_view to_hopeless_number(std::string_view text, std::size_t begin) {
  if (!has_hopeless_number(text)) return text;
  TokenFinder tokens(text, begin);
  for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next())
    if (token.size() >= kHopeless && (token.front() == '-' || is_digit(token.front())))
      return text.substr(0, tokens.begin() + kMaxNumberLength + 1);
  return text;
}

}  // namespace

JsonValue::JsonValue(JsonType of, Position where, std::string content) : type(of), at(where), text(std::move(content)) {
  if (type == JsonType::Array || type == JsonType::Object) members = std::make_unique<std::vector<JsonMember>>();
}
JsonValue::JsonValue(JsonValue&&) noexcept = default;
JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;
JsonValue::~JsonValue() = default;

const JsonValue* JsonValue::find(std::string_view key) const {
  if (!is(JsonType::Object)) return nullptr;
  const auto it = std::find_if(members->begin(), members->end(), [&](const JsonMember& m) { return m.key == key; });
  return it == members->end() ? nullptr : &it->value;
}

JsonValue* JsonValue::find(std::string_view key) { return const_cast<JsonValue*>(std::as_const(*this).find(key)); }

const JsonMember& JsonValue::nearest(std::string_view pointer, const JsonMember& self) const {
  if (pointer.empty() || !members) return self;
  const std::string_view step = pointer.substr(1, pointer.find('/', 1) - 1);
  for (std::size_t i = 0; i < members->size(); ++i) {
    const JsonMember& member = (*members)[i];
    if (step == (is(JsonType::Array) ? std::to_string(i) : pointer_step(member.key)))
      return member.value.nearest(pointer.substr(1 + step.size()), member);
  }
  return self;
}

JsonDocument parse_json(std::string_view text) {
  JsonDocument document;
  if (std::string problem = encoding_problem(text); !problem.empty()) {
    document.errors.push_back({{1, 1}, "", std::move(problem)});
    return document;
  }
  if (!is_valid_utf8(text, document)) return document;
  const std::size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::string_view part = to_hopeless_number(text, begin);
  TreeBuilder builder(part, begin, document, /*is_cut=*/part.size() < text.size());
  document.is_whole =
      nlohmann::json::sax_parse(part.begin(), part.end(), &builder, nlohmann::json::input_format_t::json, true, true);
  return document;
}

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string compact_json(const JsonValue& value) {
  switch (value.type) {
    case JsonType::Null:
      return "null";
    case JsonType::Boolean:
      return value.truth ? "true" : "false";
    case JsonType::Number:
      return value.text;
    case JsonType::Text:
      return json_quoted(value.text);
    case JsonType::Array:
    case JsonType::Object:
      break;
  }
  const bool is_object = value.is(JsonType::Object);
  std::string out(1, is_object ? '{' : '[');
  for (const JsonMember& member : *value.members) {
    if (out.size() > 1) out += ',';
    if (is_object) out += json_quoted(member.key) + ':';
    out += compact_json(member.value);
  }
  return out += is_object ? '}' : ']';
}

std::string pointer_step(std::string_view key) {
  std::string step;
  for (const char c : key) {
    if (c == '~')
      step += "~0";
    else if (c == '/')
      step += "~1";
    else
      step += c;
  }
  return step;
}

}  // namespace pooltop
