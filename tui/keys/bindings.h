// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/diagnostic.h"
#include "tui/keys/key_table.h"

namespace pooltop {

/// Which key asks for which action: those of the key table, changed by a user's keys.json. No key asks for two.
class Bindings {
 public:
  Bindings();

  [[nodiscard]] std::optional<Action> action_for(Key key) const;
  /// In the order they were given; none: the palette still has the action.
  [[nodiscard]] std::vector<Key> keys_for(Action action) const;
  /// "K F9": the names of an action's keys, separated by a space; empty if it has none.
  [[nodiscard]] std::string keys_of(Action action) const;
  /// The first of them for a hint, "K"; of an action without a key its name, "kill".
  [[nodiscard]] std::string key_of(Action action) const;

  /// Exactly these keys; whatever else asked with one of them loses it.
  void bind(Action action, const std::vector<Key>& keys);

  bool operator==(const Bindings&) const = default;

 private:
  struct Bound {
    Key key;
    Action action;
    bool operator==(const Bound&) const = default;
  };
  std::vector<Bound> bound_;
};

/// Enter, Esc, the arrows, Backspace and Ctrl-C keep what they do: dialogs and lines that are typed live by them.
[[nodiscard]] bool is_fixed(Key key);

struct BindingsRead {
  Bindings bindings;
  std::vector<Diagnostic> errors;  ///< with any, `bindings` are not to be used
};

/// Reads the text of a keys.json: {"kill": ["X"], "mark": ["Space", "M"], "sort": []} gives those actions these keys
/// and no others; a key that is taken from another action is that one's no more. Comments are allowed, an empty text
/// changes nothing. Errors: no JSON,
/// no object of lists of texts, an unknown action or key (with the nearest name), one key for two actions, a key that
/// cannot be had (is_fixed; Ctrl-I is Tab). `file` names it in the errors.
[[nodiscard]] BindingsRead read_bindings(std::string_view text, const std::string& file);

/// The same as a keys.json: every action with its keys, sections as comments.
[[nodiscard]] std::string keys_json(const Bindings& bindings);

/// "K", "Space", "Ctrl-D", "PgDn", "F9", "ü" or "U+00FC" as a key; nullopt for what is no key's name.
[[nodiscard]] std::optional<Key> key_named(std::string_view name);

}  // namespace pooltop
