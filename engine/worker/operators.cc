// SPDX-License-Identifier: MIT
#include "engine/worker/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <random>
#include <regex>
#include <stdexcept>
#include <system_error>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/text.h"
#include "engine/worker/json_text.h"

namespace pooltop {

void Answer::fail(std::string_view message, std::string_view item) {
  fail_with(fmt::format("{}: \"{}\"", message, printable(item, 200)));
}

namespace {

using Args = std::vector<std::pair<std::string, std::string_view>>;

const std::string_view* find(const Args& args, std::string_view name) {
  const auto it = std::find_if(args.begin(), args.end(), [&](const auto& arg) { return arg.first == name; });
  return it == args.end() ? nullptr : &it->second;
}

std::string_view need(const Args& args, std::string_view name) {
  const std::string_view* const value = find(args, name);
  if (value == nullptr) throw std::runtime_error(fmt::format("argument \"{}\" is missing", name));
  return *value;
}

double seconds(const Args& args, std::string_view name) {
  const std::string_view text = need(args, name);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !(value >= 0) || value > 366.0 * 86400)
    throw std::runtime_error(fmt::format("argument \"{}\": {} is no number of seconds", name, printable(text, 40)));
  return value;
}

enum class Parsed : std::uint8_t { Number, TooLarge, NoNumber };

Parsed parse(std::string_view text, std::int64_t& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (stop != text.data() + text.size() || error == std::errc::invalid_argument) return Parsed::NoNumber;
  return error == std::errc{} ? Parsed::Number : Parsed::TooLarge;
}

bool parse_or_fail(std::string_view text, std::string_view item, std::int64_t& value, Answer& answer) {
  switch (parse(text, value)) {
    case Parsed::Number:
      return true;
    case Parsed::TooLarge:
      answer.fail("does not fit a 64-bit integer", item);
      return false;
    case Parsed::NoNumber:
      answer.fail("not an integer", item);
      return false;
  }
  return false;
}

void pass_number(std::int64_t number, Answer& answer) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  answer.text.assign(digits.data(), end);
  answer.pass(answer.text);
}

struct Identity final : Operator {
  void apply(std::string_view item, Answer& answer) override { answer.pass(item); }
};

struct Square final : Operator {
  void apply(std::string_view item, Answer& answer) override {
    std::int64_t n = 0;
    if (!parse_or_fail(item, item, n, answer)) return;
    if (__builtin_mul_overflow(n, n, &n)) return answer.fail("its square does not fit a 64-bit integer", item);
    pass_number(n, answer);
  }
};

struct Double final : Operator {
  void apply(std::string_view item, Answer& answer) override {
    std::int64_t n = 0;
    if (!parse_or_fail(item, item, n, answer)) return;
    if (__builtin_mul_overflow(n, 2, &n)) return answer.fail("its double does not fit a 64-bit integer", item);
    pass_number(n, answer);
  }
};

struct SumRange final : Operator {
  bool is_slow() const override { return true; }

  void apply(std::string_view item, Answer& answer) override {
    std::int64_t a = 0;
    std::int64_t b = 0;
    if (!is_json(item) || json_trim(item).front() != '[') return answer.fail("not a JSON array [a, b]", item);
    const auto values = json_elements(item);
    if (values.size() != 2) return answer.fail("not a JSON array [a, b] of two integers", item);
    if (!parse_or_fail(values[0], item, a, answer) || !parse_or_fail(values[1], item, b, answer)) return;
    if (!fits(a, b)) return answer.fail("the sum does not fit a 64-bit integer", item);
    pass_number(add(a, b), answer);
  }

 private:
  // The partial sums go down while the numbers are negative, then up: the lowest and the last are the extremes.
  static bool fits(std::int64_t a, std::int64_t b) {
    if (a >= b) return true;
    constexpr __int128 kLeast = INT64_MIN;
    constexpr __int128 kMost = INT64_MAX;
    const auto sum = [](__int128 from, __int128 to) { return from >= to ? 0 : (to - from) * (from + to - 1) / 2; };
    const __int128 lowest = sum(a, std::min<std::int64_t>(b, 0));
    const __int128 total = sum(a, b);
    return lowest >= kLeast && total >= kLeast && total <= kMost;
  }

  static std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    for (; a < b; ++a) {
      sum += a;
      asm volatile("" : "+r"(sum));  // every addition is done: without it the compiler puts the formula here
    }
    return sum;
  }
};

class SleepOperator final : public Operator {
 public:
  explicit SleepOperator(const Args& args) {
    const bool fixed = find(args, "seconds") != nullptr;
    const double from = seconds(args, fixed ? "seconds" : "min");
    const double to = fixed ? from : seconds(args, "max");
    if (to < from) throw std::runtime_error("argument \"max\" is less than \"min\"");
    spread_ = std::uniform_real_distribution<double>(from, std::nextafter(to, to + 1));
  }
  bool is_slow() const override { return true; }

  void apply(std::string_view item, Answer& answer) override {
    const Nanos until = monotonic_now() + static_cast<Nanos>(spread_(random_) * static_cast<double>(kSecond));
    const timespec at{static_cast<time_t>(until / kSecond), static_cast<long>(until % kSecond)};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
    answer.pass(item);
  }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::uniform_real_distribution<double> spread_;
};

class ReadFile final : public Operator {
 public:
  explicit ReadFile(std::uint64_t limit) : limit_(limit) {}
  bool is_slow() const override { return true; }

  void apply(std::string_view item, Answer& answer) override {
    if (item.find('\0') != std::string_view::npos) return answer.fail("no path: it holds a NUL byte", item);
    try {
      auto content = read_file(std::string(item), limit_);
      if (!content) return answer.fail(fmt::format("larger than max_item_bytes ({})", limit_), item);
      answer.text = std::move(*content);
      answer.pass(answer.text);
    } catch (const std::system_error& error) {
      answer.fail(error.code().message(), item);
    }
  }

 private:
  std::uint64_t limit_;
};

struct CountWords final : Operator {
  void apply(std::string_view item, Answer& answer) override {
    std::int64_t words = 0;
    bool inside = false;
    for (const char c : item) {
      const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
      words += !blank && !inside;
      inside = !blank;
    }
    pass_number(words, answer);
  }
};

class Match final : public Operator {
 public:
  explicit Match(const Args& args) {
    const std::string pattern = json_plain(need(args, "regex"));
    try {
      compile(pattern);
    } catch (const std::regex_error& error) {
      throw std::runtime_error(fmt::format("argument \"regex\": {}", error.what()));
    }
  }

  void apply(std::string_view item, Answer& answer) override {
    if (is_recursive_ && item.size() > kMaxRecursive)
      return answer.fail("longer than 16 KiB: too long for an expression with back references", item.substr(0, 40));
    if (std::regex_search(item.begin(), item.end(), regex_)) answer.pass(item);
  }

 private:
  static constexpr std::size_t kMaxRecursive = 16 << 10;

  // The default engine of libstdc++ recurses once per byte: 100 KiB of text end the process with a stack overflow, and
  // some expressions take exponential time. Its other engine does neither, but has no back references.
  void compile(const std::string& pattern) {
    try {
      regex_.assign(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
    } catch (const std::regex_error& error) {
      if (error.code() != std::regex_constants::error_complexity) throw;
      regex_.assign(pattern, std::regex::ECMAScript);
      is_recursive_ = true;
    }
  }

  std::regex regex_;
  bool is_recursive_ = false;
};

struct SplitLines final : Operator {
  void apply(std::string_view item, Answer& answer) override {
    while (!item.empty()) {
      const std::size_t end = std::min(item.find('\n'), item.size());
      answer.pass(item.substr(0, end));
      item.remove_prefix(std::min(end + 1, item.size()));
    }
  }
};

class JsonPick final : public Operator {
 public:
  explicit JsonPick(const Args& args) : pointer_(json_plain(need(args, "pointer"))) {}

  void apply(std::string_view item, Answer& answer) override {
    if (!is_json(item)) return answer.fail("not JSON", item);
    const auto value = json_at(item, pointer_);
    if (!value) return answer.fail(fmt::format("nothing at {}", printable(pointer_, 200)), item);
    answer.text = json_plain(*value);
    answer.pass(answer.text);
  }

 private:
  std::string pointer_;
};

class Fail final : public Operator {
 public:
  explicit Fail(const Args& args) {
    std::int64_t every = 0;
    if (parse(need(args, "every"), every) != Parsed::Number || every < 1)
      throw std::runtime_error("argument \"every\" is no count of 1 or more");
    every_ = static_cast<std::uint64_t>(every);
  }

  void apply(std::string_view item, Answer& answer) override {
    if (++seen_ % every_ == 0)
      answer.fail("failed, as asked", item);
    else
      answer.pass(item);
  }

 private:
  std::uint64_t every_ = 1;
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_operator(std::string_view name, std::string_view args_json,
                                        std::uint64_t max_item_bytes) {
  if (!is_json(args_json) || json_trim(args_json).front() != '{')
    throw std::runtime_error(fmt::format("operator {}: its arguments are no JSON object", name));
  const Args args = json_members(args_json);
  try {
    if (name == "identity") return std::make_unique<Identity>();
    if (name == "square") return std::make_unique<Square>();
    if (name == "double") return std::make_unique<Double>();
    if (name == "sum_range") return std::make_unique<SumRange>();
    if (name == "sleep") return std::make_unique<SleepOperator>(args);
    if (name == "read_file") return std::make_unique<ReadFile>(max_item_bytes);
    if (name == "count_words") return std::make_unique<CountWords>();
    if (name == "match") return std::make_unique<Match>(args);
    if (name == "split_lines") return std::make_unique<SplitLines>();
    if (name == "json_pick") return std::make_unique<JsonPick>(args);
    if (name == "fail") return std::make_unique<Fail>(args);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("operator {}: {}", name, error.what()));
  }
  throw std::runtime_error(fmt::format("there is no operator \"{}\"", printable(name, 64)));
}

}  // namespace pooltop
