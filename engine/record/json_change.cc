// SPDX-License-Identifier: MIT
#include "engine/record/json_change.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>

// A value is a tag and what the tag says. Members of an object that has the same names as the one before are a mask
// and the changed ones; the rows of a list are compared with the row at the same place, a new one with the row above.

namespace pooltop {
namespace {

using Json = nlohmann::ordered_json;

enum Tag : unsigned char { Same, Null, False, True, Signed, Unsigned, Milli, Nano, Real, Text, List, Members, Object };

constexpr int kMostDepth = 8;
constexpr std::size_t kMostMembers = 256;
constexpr std::size_t kMostNodes = 500'000;  // of one sample: 2000 workers have a tenth of it
constexpr double kMostMilli = 1e9;
constexpr double kMostNano = 9e17;

std::uint64_t zigzag(std::uint64_t delta) { return (delta << 1) ^ (delta >> 63 != 0 ? ~std::uint64_t{0} : 0); }
std::uint64_t unzigzag(std::uint64_t value) { return (value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0); }

bool is_whole(const Json& value) { return value.is_number_integer(); }  // signed or not

std::uint64_t bits_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return is_whole(value) ? static_cast<std::uint64_t>(value.get<std::int64_t>()) : 0;
}

double scale_of(Tag tag) { return tag == Milli ? 1e3 : 1e9; }

// A number with a fraction in whole steps of its tag; 0 where that cannot be said.
std::uint64_t steps_of(const Json& value, Tag tag) {
  if (!value.is_number_float()) return 0;
  const double steps = std::round(value.get<double>() * scale_of(tag));
  if (!(std::abs(steps) < kMostNano)) return 0;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(steps));
}

double from_steps(std::uint64_t steps, Tag tag) {
  return static_cast<double>(static_cast<std::int64_t>(steps)) / scale_of(tag);
}

Tag tag_of(double value) {
  const double milli = value * 1e3;
  if (std::abs(milli) < kMostMilli && std::abs(milli - std::round(milli)) < 1e-6) return Milli;
  return std::abs(value * 1e9) < kMostNano ? Nano : Real;
}

const std::string& text_of(const Json& value) {
  static const std::string none;
  return value.is_string() ? value.get_ref<const std::string&>() : none;
}

bool same_names(const Json& a, const Json& b) {
  if (!a.is_object() || !b.is_object() || a.size() != b.size()) return false;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y)
    if (x.key() != y.key()) return false;
  return true;
}

const Json kNothing;

const Json& before_in_list(const Json& before, const Json& now, std::size_t i) {
  if (before.is_array() && i < before.size()) return before[i];
  return i > 0 ? now[i - 1] : kNothing;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void put(Json& now, const Json& before) {
    if (!put_if_changed(now, before)) tag(Same);
  }

 private:
  void tag(Tag tag) { out_ += static_cast<char>(tag); }

  // False, and nothing written, if a reader that has `before` knows it.
  bool put_if_changed(Json& now, const Json& before) {
    switch (now.type()) {
      case Json::value_t::object:
        return same_names(now, before) ? put_members(now, before) : put_object(now);
      case Json::value_t::array:
        return put_list(now, before);
      case Json::value_t::string:
        return put_text(text_of(now), before);
      case Json::value_t::number_integer:
      case Json::value_t::number_unsigned:
        return put_whole(now, before);
      case Json::value_t::number_float:
        return put_fraction(now, before);
      case Json::value_t::boolean:
        if (now == before) return false;
        tag(now.get<bool>() ? True : False);
        return true;
      default:
        if (before.is_null()) return false;
        tag(Null);
        return true;
    }
  }

  bool put_whole(const Json& now, const Json& before) {
    const std::uint64_t delta = bits_of(now) - bits_of(before);
    if (delta == 0 && is_whole(before)) return false;
    tag(now.is_number_unsigned() ? Unsigned : Signed);
    append_varint(out_, zigzag(delta));
    return true;
  }

  bool put_fraction(Json& now, const Json& before) {
    double value = now.get<double>();
    if (!std::isfinite(value)) value = 0;
    const Tag unit = tag_of(value);
    if (unit == Real) {
      now = value;
      tag(Real);
      const auto raw = std::bit_cast<std::uint64_t>(value);
      for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>((raw >> shift) & 0xff);
      return true;
    }
    const std::uint64_t steps = steps_of(Json(value), unit);
    now = from_steps(steps, unit);
    if (before.is_number_float() && now == before) return false;
    tag(unit);
    append_varint(out_, zigzag(steps - steps_of(before, unit)));
    return true;
  }

  bool put_text(const std::string& now, const Json& before) {
    const std::string& old = text_of(before);
    if (before.is_string() && now == old) return false;
    const std::size_t most = std::min(now.size(), old.size());
    const auto differ = std::mismatch(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(most), old.begin());
    const auto head = static_cast<std::size_t>(differ.first - now.begin());
    std::size_t tail = 0;
    while (tail < most - head && now[now.size() - 1 - tail] == old[old.size() - 1 - tail]) ++tail;
    tag(Text);
    append_varint(out_, head);
    append_varint(out_, tail);
    append_varint(out_, now.size() - head - tail);
    out_.append(now, head, now.size() - head - tail);
    return true;
  }

  bool put_list(Json& now, const Json& before) {
    const std::size_t begin = out_.size();
    tag(List);
    append_varint(out_, now.size());
    bool changed = !before.is_array() || before.size() != now.size();
    for (std::size_t i = 0; i < now.size(); ++i) {
      const bool news = put_if_changed(now[i], before_in_list(before, now, i));
      if (!news) tag(Same);
      changed = changed || news;
    }
    if (!changed) out_.resize(begin);
    return changed;
  }

  bool put_members(Json& now, const Json& before) {
    const std::size_t begin = out_.size();
    tag(Members);
    const std::size_t mask = out_.size();
    out_.append((now.size() + 7) / 8, '\0');
    bool changed = false;
    std::size_t i = 0;
    auto old = before.begin();
    for (auto member = now.begin(); member != now.end(); ++member, ++old, ++i) {
      if (!put_if_changed(member.value(), old.value())) continue;
      changed = true;
      out_[mask + i / 8] = static_cast<char>(static_cast<unsigned char>(out_[mask + i / 8]) | (1u << (i % 8)));
    }
    if (!changed) out_.resize(begin);
    return changed;
  }

  bool put_object(Json& now) {
    tag(Object);
    append_varint(out_, now.size());
    for (auto member = now.begin(); member != now.end(); ++member) {
      append_varint(out_, member.key().size());
      out_ += member.key();
      put(member.value(), kNothing);
    }
    return true;
  }

  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view& in) : in_(in) {}

  Json value(const Json& before, int depth = 0) {
    if (depth > kMostDepth) throw BadRecording("nested too deep");
    const auto tag = static_cast<Tag>(byte());
    charge(1);
    switch (tag) {
      case Same:
        charge(nodes_of(before));
        return before;
      case Null:
        return nullptr;
      case False:
      case True:
        return tag == True;
      case Signed:
        return static_cast<std::int64_t>(bits_of(before) + unzigzag(read_varint(in_)));
      case Unsigned:
        return bits_of(before) + unzigzag(read_varint(in_));
      case Milli:
      case Nano:
        return from_steps(steps_of(before, tag) + unzigzag(read_varint(in_)), tag);
      case Real:
        return real();
      case Text:
        return text(text_of(before));
      case List:
        return list(before, depth);
      case Members:
        return members(before, depth);
      case Object:
        return object(depth);
    }
    throw BadRecording("an unknown kind of value");
  }

 private:
  unsigned char byte() {
    if (in_.empty()) throw BadRecording("cut off");
    const auto first = static_cast<unsigned char>(in_.front());
    in_.remove_prefix(1);
    return first;
  }

  void charge(std::size_t nodes) {
    if (nodes > left_) throw BadRecording("larger than any sample");
    left_ -= nodes;
  }

  static std::size_t nodes_of(const Json& value) {
    if (!value.is_structured()) return 1 + text_of(value).size() / 64;
    std::size_t sum = 1;
    for (const Json& part : value) sum += nodes_of(part);
    return sum;
  }

  // A count of things that take at least one byte each.
  std::size_t count() {
    const std::uint64_t n = read_varint(in_);
    if (n > in_.size()) throw BadRecording("cut off");
    return static_cast<std::size_t>(n);
  }

  std::string bytes(std::size_t n) {
    if (n > in_.size()) throw BadRecording("cut off");
    std::string out(in_.substr(0, n));
    in_.remove_prefix(n);
    return out;
  }

  double real() {
    std::uint64_t raw = 0;
    for (int shift = 0; shift < 64; shift += 8) raw |= static_cast<std::uint64_t>(byte()) << shift;
    const auto value = std::bit_cast<double>(raw);
    return std::isfinite(value) ? value : 0;
  }

  std::string text(const std::string& old) {
    const std::uint64_t head = read_varint(in_);
    const std::uint64_t tail = read_varint(in_);
    const std::size_t middle = count();
    if (head > old.size() || tail > old.size() - head) throw BadRecording("a text that grew out of another one");
    charge(old.size() / 64 + middle / 64);
    return old.substr(0, head) + bytes(middle) + old.substr(old.size() - tail);
  }

  Json list(const Json& before, int depth) {
    Json out = Json::array();
    for (std::size_t n = count(), i = 0; i < n; ++i) out.push_back(value(before_in_list(before, out, i), depth + 1));
    return out;
  }

  Json members(const Json& before, int depth) {
    if (!before.is_object()) throw BadRecording("members of nothing");
    charge(nodes_of(before));
    const std::string mask = bytes((before.size() + 7) / 8);
    Json out = Json::object();
    std::size_t i = 0;
    for (auto old = before.begin(); old != before.end(); ++old, ++i) {
      const bool changed = (static_cast<unsigned char>(mask[i / 8]) >> (i % 8) & 1) != 0;
      out[old.key()] = changed ? value(old.value(), depth + 1) : old.value();
    }
    return out;
  }

  Json object(int depth) {
    Json out = Json::object();
    std::size_t n = count();
    if (n > kMostMembers) throw BadRecording("larger than any sample");
    for (; n > 0; --n) {
      std::string key = bytes(count());
      out[std::move(key)] = value(kNothing, depth + 1);
    }
    return out;
  }

  std::string_view& in_;
  std::size_t left_ = kMostNodes;
};

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

std::uint64_t read_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) throw BadRecording("cut off");
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw BadRecording("a number that does not end");
}

void append_change(std::string& out, nlohmann::ordered_json& now, const nlohmann::ordered_json& before) {
  Writer(out).put(now, before);
}

nlohmann::ordered_json read_change(std::string_view& bytes, const nlohmann::ordered_json& before) {
  return Reader(bytes).value(before);
}

}  // namespace pooltop
