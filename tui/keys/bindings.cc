// SPDX-License-Identifier: MIT
#include "tui/keys/bindings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/text.h"
#include "engine/config/json_document.h"

namespace pooltop {
namespace {

constexpr std::size_t kMostKeys = 8;  // of one action
constexpr auto kFixed = std::to_array<Key>(
    {kKeyEnter, kKeyEsc, kKeyUp, kKeyDown, kKeyLeft, kKeyRight, kKeyBackspace, ctrl('C'), kNoKey, kKeyPaste});

/// Every key that has a name of its own.
constexpr auto kNamed =
    std::to_array<Key>({kKeyTab, kKeyEnter, kKeyEsc, kKeySpace, kKeyUp, kKeyDown, kKeyLeft, kKeyRight, kKeyPageUp,
                        kKeyPageDown, kKeyHome, kKeyEnd, kKeyBackTab, kKeyBackspace, kKeyDelete});

std::vector<std::string> names_of_keys() {
  std::vector<std::string> names;
  for (const Key key : kNamed) names.push_back(key_name(key));
  for (Key n = 0; n < 12; ++n) names.push_back(key_name(kKeyF1 + n));
  for (char letter = 'A'; letter <= 'Z'; ++letter) names.push_back(fmt::format("Ctrl-{}", letter));
  return names;
}

// The one character of the text, nullopt if it is none or more.
std::optional<Key> one_character(std::string_view text) {
  const std::size_t length = utf8_length(text);
  if (length == 0 || length != text.size()) return std::nullopt;
  const auto first = static_cast<unsigned char>(text[0]);
  Key code = length == 1 ? first : first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  return code;
}

bool is_control(Key key) { return key < 32 || (key >= 127 && key < 160); }

// What a terminal sends for these is what it sends for another key.
std::string_view same_key(Key key) {
  switch (key) {
    case ctrl('I'):
      return "Tab";
    case ctrl('M'):
    case ctrl('J'):
      return "Enter";
    case ctrl('H'):
      return "Backspace";
    default:
      return {};
  }
}

std::string action_names(std::string_view word) {
  std::vector<std::string_view> names;
  for (const KeyRow& row : key_table()) names.push_back(row.name);
  const auto near = nearest_name(word, names);
  return near ? fmt::format("did you mean \"{}\"?", *near) : "pooltop keys names all";
}

// What is done before a dialog or a line that is typed gets the key.
bool is_above_all(Action action) {
  return action == Action::Interrupt || action == Action::Suspend || action == Action::Repaint;
}

const KeyRow* find_action(std::string_view name) {
  const auto table = key_table();
  const auto row = std::ranges::find(table, name, &KeyRow::name);
  return row == table.end() ? nullptr : &*row;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  BindingsRead read(std::string_view text) {
    // As while `pooltop keys --json >keys.json` runs.
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::move(out_);
    const JsonDocument document = parse_json(text);
    for (const JsonError& error : document.errors) complain(error.at, error.pointer, error.message);
    if (!document.errors.empty()) return std::move(out_);
    if (!document.root.is(JsonType::Object)) {
      complain(document.root.at, "", R"(an object is needed, as {"kill": ["X"]})");
      return std::move(out_);
    }
    for (const JsonMember& member : *document.root.members) take_action(member);
    if (out_.errors.empty())
      for (const auto& [action, keys] : wanted_) out_.bindings.bind(action, keys);
    return std::move(out_);
  }

 private:
  void take_action(const JsonMember& member) {
    const std::string pointer = "/" + pointer_step(member.key);
    const KeyRow* const row = find_action(member.key);
    if (row == nullptr)
      return complain(
          member.key_at, pointer,
          fmt::format("there is no action \"{}\"; {}", printable(member.key, 64), action_names(member.key)));
    if (!member.value.is(JsonType::Array))
      return complain(member.value.at, pointer, R"(a list of keys is needed, as ["X", "F9"]; [] is none)");
    std::vector<Key> keys;
    std::size_t at = 0;
    for (const JsonMember& entry : *member.value.members)
      if (const auto key = take_key(*row, entry.value, fmt::format("{}/{}", pointer, at++))) keys.push_back(*key);
    if (keys.size() > kMostKeys)
      return complain(member.value.at, pointer, fmt::format("at most {} keys, found {}", kMostKeys, keys.size()));
    for (const Key fixed : row->keys)
      if (fixed != kNoKey && is_fixed(fixed) && std::ranges::find(keys, fixed) == keys.end()) keys.push_back(fixed);
    wanted_.emplace_back(row->action, std::move(keys));
  }

  std::optional<Key> take_key(const KeyRow& row, const JsonValue& value, const std::string& pointer) {
    if (!value.is(JsonType::Text)) return refuse(value, pointer, R"(a key's name is needed, as "X", "F9" or "PgDn")");
    const auto key = key_named(value.text);
    if (!key) return refuse(value, pointer, not_a_key(value.text));
    if (const auto same = same_key(*key); !same.empty() && value.text != same)
      return refuse(value, pointer, fmt::format("a terminal sends the same for {} and {}", value.text, same));
    if (is_fixed(*key) && std::ranges::find(row.keys, *key) == row.keys.end())
      return refuse(value, pointer, fmt::format("{} keeps what it does: dialogs need it", key_name(*key)));
    if (is_above_all(row.action) && *key >= 32 && *key < kKeyUp)
      return refuse(value, pointer,
                    fmt::format("{} works in dialogs and typed lines too: an F key or Ctrl and a letter", row.name));
    for (const auto& [other, where] : given_)
      if (other == *key)
        return refuse(value, pointer, fmt::format("{} is given to \"{}\" already", key_name(*key), where));
    given_.emplace_back(*key, row.name);
    return key;
  }

  static std::string not_a_key(std::string_view name) {
    const std::vector<std::string> known = names_of_keys();
    const std::vector<std::string_view> views(known.begin(), known.end());
    const auto near = nearest_name(name, views);
    return fmt::format(
        "\"{}\" is no key; {}", printable(name, 32),
        near ? fmt::format("did you mean \"{}\"?", *near) : "it is one character, or as Space, PgDn, F9, Ctrl-D");
  }

  std::optional<Key> refuse(const JsonValue& value, const std::string& pointer, std::string message) {
    complain(value.at, pointer, std::move(message));
    return std::nullopt;
  }

  void complain(Position at, const std::string& pointer, std::string message) {
    out_.errors.push_back({file_, at.line, at.column, pointer, std::move(message)});
  }

  const std::string& file_;
  BindingsRead out_;
  std::vector<std::pair<Action, std::vector<Key>>> wanted_;
  std::vector<std::pair<Key, std::string_view>> given_;
};

}  // namespace

Bindings::Bindings() {
  for (const KeyRow& row : key_table())
    for (const Key key : row.keys)
      if (key != kNoKey) bound_.push_back({key, row.action});
}

std::optional<Action> Bindings::action_for(Key key) const {
  const auto bound = std::ranges::find(bound_, key, &Bound::key);
  if (bound == bound_.end()) return std::nullopt;
  return bound->action;
}

std::vector<Key> Bindings::keys_for(Action action) const {
  std::vector<Key> keys;
  for (const Bound& bound : bound_)
    if (bound.action == action) keys.push_back(bound.key);
  return keys;
}

std::string Bindings::keys_of(Action action) const {
  std::string names;
  for (const Key key : keys_for(action)) names += (names.empty() ? "" : " ") + key_name(key);
  return names;
}

std::string Bindings::key_of(Action action) const {
  const auto keys = keys_for(action);
  return keys.empty() ? std::string(row_of(action).name) : key_name(keys[0]);
}

void Bindings::bind(Action action, const std::vector<Key>& keys) {
  std::erase_if(bound_, [&](const Bound& bound) {
    return bound.action == action || std::ranges::find(keys, bound.key) != keys.end();
  });
  for (const Key key : keys) bound_.push_back({key, action});
}

bool is_fixed(Key key) { return std::ranges::find(kFixed, key) != kFixed.end(); }

std::optional<Key> key_named(std::string_view name) {
  for (const Key key : kNamed)
    if (name == key_name(key)) return key;
  for (Key n = 0; n < 12; ++n)
    if (name == key_name(kKeyF1 + n)) return kKeyF1 + n;
  if (name.size() == 6 && name.starts_with("Ctrl-") && name[5] >= 'A' && name[5] <= 'Z') return ctrl(name[5]);
  if (name.starts_with("U+") && name.size() >= 6 && name.size() <= 8) {
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), code, 16);
    const bool is_character = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
    if (error != std::errc() || end != name.data() + name.size() || !is_character || is_control(code))
      return std::nullopt;
    return code;
  }
  const auto key = one_character(name);
  return key && !is_control(*key) ? key : std::nullopt;
}

BindingsRead read_bindings(std::string_view text, const std::string& file) { return Reader(file).read(text); }

std::string keys_json(const Bindings& bindings) {
  std::string text = "{\n";
  std::optional<Section> section;
  const auto table = key_table();
  for (const KeyRow& row : table) {
    if (section != row.section) {
      if (section) text += "\n";
      section = row.section;
      text += fmt::format("  // {}\n", title_of(row.section));
    }
    std::string keys;
    for (const Key key : bindings.keys_for(row.action))
      keys += fmt::format("{}{}", keys.empty() ? "" : ", ", json_quoted(key_name(key)));
    text += fmt::format("  \"{}\": [{}]{}\n", row.name, keys, &row == &table.back() ? "" : ",");
  }
  return text + "}\n";
}

}  // namespace pooltop
