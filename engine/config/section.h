// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/config/diagnostic.h"
#include "engine/config/json_document.h"
#include "engine/config/keys.h"

namespace pooltop {

inline constexpr std::size_t kMaxDiagnostics = 20;

/// Collects what is wrong with one document. Whoever finds something names it by JSON pointer; the place is looked up.
class Reporter {
 public:
  /// `sets`: the texts of --set, for values that came from there. Both arguments must stay.
  Reporter(std::string file, const JsonValue& root, std::span<const std::string> sets);

  /// About a value, at its place.
  void value(std::string_view pointer, std::string message);
  /// About a key, at the key's place.
  void key(std::string_view pointer, std::string message);
  /// About one place that is known.
  void at(Position place, std::string_view pointer, std::string message);
  /// About a --set as a whole.
  void set(std::size_t index, std::string message);
  /// The value at `pointer` is known to be wrong and was told: what follows from that, there or about the list that
  /// it stands in, is not told as well.
  void told(std::string_view pointer);

  [[nodiscard]] std::size_t count() const { return count_; }
  /// What is reported now is counted only: its message need not be made.
  [[nodiscard]] bool is_full() const { return count_ >= kMaxDiagnostics; }
  /// The first kMaxDiagnostics that were found, by place.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  [[nodiscard]] bool was_told(std::string_view pointer) const;

  std::string file_;
  const JsonValue& root_;
  std::span<const std::string> sets_;
  std::vector<Diagnostic> found_;
  std::vector<std::string> told_;
  std::size_t count_ = 0;
};

/// `text` in quotes, printable, at most 60 bytes of it.
[[nodiscard]] std::string in_quotes(std::string_view text);
/// `; did you mean "workers"?` or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);
/// A value as a message shows it: compact JSON, printable, cut.
[[nodiscard]] std::string shown(const JsonValue& value);

/// One object of a config, read by its key table: what the table does not know, does not fit the kind, or does not
/// accept is reported, and the field keeps its value. A key that is not there keeps the field's value too.
class Section {
 public:
  /// Reports unknown keys and those that do not fit `kind` (0: the table has no kinds). `what`: "a sink".
  Section(Reporter& reporter, const JsonValue& object, std::string pointer, std::span<const Key> keys, Kinds kind = 0,
          std::string_view what = {});

  [[nodiscard]] const JsonValue* find(std::string_view name) const { return object_.find(name); }
  [[nodiscard]] std::string pointer(std::string_view name) const { return pointer_ + "/" + pointer_step(name); }
  [[nodiscard]] Reporter& reporter() const { return reporter_; }

  void read(std::string_view name, bool& out) const;
  void read(std::string_view name, std::string& out) const;
  void read(std::string_view name, std::vector<std::string>& out) const;
  /// Adds to what `out` holds.
  void read(std::string_view name, std::map<std::string, std::string>& out) const;
  template <std::integral T>
  void read(std::string_view name, T& out) const {
    static_assert(sizeof(T) >= sizeof(std::uint32_t));  // every row's range fits
    if (const auto number = integer(name)) out = static_cast<T>(*number);
  }
  void read_size(std::string_view name, std::uint64_t& out) const;
  void read_duration(std::string_view name, Nanos& out) const;
  template <class Enum>
  void read_choice(std::string_view name, Enum& out) const {
    if (const auto index = choice(name)) out = static_cast<Enum>(*index);
  }

  /// "must be 1..4096, got -1" at the key's value.
  void refuse(std::string_view name) const;
  void refuse(std::string_view name, std::string message) const;

 private:
  [[nodiscard]] const Key& row(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<std::size_t> choice(std::string_view name) const;
  void check_key(const JsonMember& member, Kinds kind, std::string_view what) const;
  [[nodiscard]] std::string what_is_known(std::string_view word, Kinds kind, std::string_view what) const;

  Reporter& reporter_;
  const JsonValue& object_;
  std::string pointer_;
  std::span<const Key> keys_;
};

[[nodiscard]] std::optional<std::int64_t> as_integer(const JsonValue& value);
/// "250ms" or a number of seconds.
[[nodiscard]] std::optional<Nanos> as_duration(const JsonValue& value);

}  // namespace pooltop
