// SPDX-License-Identifier: MIT
//
// The parsed tree says what is where in the order of the text; a walk over the tokens beside it says at which bytes. So
// an edit is a list of replaced spans of bytes, and nothing else can change. The edited text is parsed again and
// compared with the tree that was meant: what this file gets wrong is refused, not written.
#include "engine/config/edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/config/json_document.h"
#include "engine/config/json_tokens.h"
#include "engine/config/section.h"

namespace pooltop {

namespace {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};
struct MemberSpan {
  Span key;  // empty in a list
  Span value;
};

struct Replacement {
  Span span;
  std::string text;
};

// The span of the value whose first token comes next.
Span pass_value(TokenFinder& tokens) {
  int depth = 0;
  Span span{tokens.peek(), 0};
  do {
    const std::string_view token = tokens.next();
    if (token == "{" || token == "[") ++depth;
    if (token == "}" || token == "]") --depth;
  } while (depth > 0);
  span.end = tokens.end();
  return span;
}

// The members of the object or list that begins at `begin`, in the order of the text, and so of the tree.
std::vector<MemberSpan> members_at(std::string_view text, std::size_t begin) {
  TokenFinder tokens(text, begin);
  const bool is_object = tokens.next() == "{";
  std::vector<MemberSpan> members;
  while (tokens.peek() < text.size() && text[tokens.peek()] != '}' && text[tokens.peek()] != ']') {
    MemberSpan& member = members.emplace_back();
    if (is_object) member.key = pass_value(tokens);
    member.value = pass_value(tokens);
  }
  return members;
}

std::size_t index_of(const JsonValue& object, std::string_view key) {
  const auto& members = *object.members;
  const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.key == key; });
  return static_cast<std::size_t>(found - members.begin());
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Behind the comments that follow `at` on its line.
std::size_t behind_comments(std::string_view text, std::size_t at) {
  std::size_t end = at;
  for (std::size_t i = at; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
    } else if (text.substr(i, 2) == "//") {
      return std::min(text.find_first_of("\r\n", i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      end = i = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
    } else {
      break;
    }
  }
  return end;
}

// The end of the line before that of `at`, and the blanks that its line begins with: "\r\n      ".
std::string line_start(std::string_view text, std::size_t at) {
  const std::size_t newline = at == 0 ? text.npos : text.rfind('\n', at - 1);
  const std::size_t begin = newline == text.npos ? 0 : newline + 1;
  const std::string_view line = text.substr(begin, at - begin);
  const std::string_view blanks = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  const bool has_return = begin > 1 && text[begin - 2] == '\r';
  return fmt::format("{}{}", has_return ? "\r\n" : "\n", blanks);
}

bool is_first_on_its_line(std::string_view text, std::size_t at) {
  while (at > 0 && is_blank(text[at - 1])) --at;
  return at > 0 && text[at - 1] == '\n';
}

// Between a key and its value: ": ", where the text has no comment or line's end there.
std::string joint(std::string_view text, const MemberSpan& member) {
  const std::string_view between = text.substr(member.key.end, member.value.begin - member.key.end);
  return between == ":" || between == " : " || between == " :" ? std::string(between) : ": ";
}

// New members behind the last of an object.
void append_members(std::string_view text, const MemberSpan& last, const std::vector<const ConfigChange*>& changes,
                    std::vector<Replacement>& out) {
  const std::size_t end = behind_comments(text, last.value.end);
  // Behind a comment to the line's end only a new line will do.
  const bool has_comment = text.substr(last.value.end, end - last.value.end).find("//") != std::string_view::npos;
  const std::string lead = is_first_on_its_line(text, last.key.begin) || has_comment ? line_start(text, last.key.begin)
                           : is_blank(text[last.key.begin - 1])                      ? " "
                                                                                     : "";
  std::string added;
  for (const ConfigChange* change : changes)
    added += fmt::format("{}{}{}{}{}", added.empty() ? "" : ",", lead, json_quoted(change->key), joint(text, last),
                         change->value);
  out.push_back({{last.value.end, last.value.end}, ","});
  out.push_back({{end, end}, std::move(added)});
}

// One stage: its changes as replaced spans.
void edit_stage(std::string_view text, const JsonValue& stage, std::size_t begin,
                const std::vector<const ConfigChange*>& changes, std::vector<Replacement>& out) {
  const std::vector<MemberSpan> members = members_at(text, begin);
  std::vector<const ConfigChange*> added;
  for (const ConfigChange* change : changes) {
    const std::size_t index = index_of(stage, change->key);
    if (index < members.size())
      out.push_back({members[index].value, change->value});
    else
      added.push_back(change);
  }
  if (!added.empty()) append_members(text, members.back(), added, out);
}

std::string replaced(std::string_view text, std::vector<Replacement> replacements) {
  std::stable_sort(replacements.begin(), replacements.end(),
                   [](const Replacement& a, const Replacement& b) { return a.span.begin < b.span.begin; });
  std::string out;
  std::size_t done = 0;
  for (const Replacement& replacement : replacements) {
    out += text.substr(done, replacement.span.begin - done);
    out += replacement.text;
    done = replacement.span.end;
  }
  out += text.substr(done);
  return out;
}

bool is_same(const JsonValue& a, const JsonValue& b) {
  if (a.type != b.type || a.truth != b.truth || a.text != b.text) return false;
  if (!a.members) return true;
  return std::equal(
      a.members->begin(), a.members->end(), b.members->begin(), b.members->end(),
      [](const JsonMember& x, const JsonMember& y) { return x.key == y.key && is_same(x.value, y.value); });
}

JsonValue* stage_named(JsonValue& root, const std::string& name) {
  JsonValue* const stages = root.find("stages");
  if (stages == nullptr || !stages->is(JsonType::Array)) return nullptr;
  for (JsonMember& stage : *stages->members) {
    const JsonValue* const has = stage.value.find("name");
    if (has != nullptr && has->is(JsonType::Text) && has->text == name) return &stage.value;
  }
  return nullptr;
}

void put_into_tree(JsonValue& stage, const ConfigChange& change) {
  JsonValue value = std::move(parse_json(change.value).root);
  if (JsonValue* const there = stage.find(change.key))
    *there = std::move(value);
  else
    stage.members->push_back({change.key, {}, std::move(value)});
}

}  // namespace

EditedConfig edit_config(std::string_view text, std::span<const ConfigChange> changes) {
  EditedConfig edited;
  JsonDocument document = parse_json(text);
  if (!document.errors.empty()) {
    const JsonError& error = document.errors.front();
    edited.problem = fmt::format("{}:{}: {}", error.at.line, error.at.column, error.message);
    return edited;
  }
  JsonValue& root = document.root;
  const std::size_t begin = TokenFinder(text, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0).peek();
  std::vector<Replacement> replacements;
  std::vector<const ConfigChange*> taken;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::string& name = changes[i].stage;
    if (std::any_of(changes.begin(), changes.begin() + static_cast<long>(i), [&](auto& c) { return c.stage == name; }))
      continue;  // its changes are made together, at the first
    const JsonValue* const stage = stage_named(root, name);
    std::vector<const ConfigChange*> here;
    for (const ConfigChange& change : changes)
      if (change.stage == name) here.push_back(&change);
    if (stage == nullptr) {
      for (const ConfigChange* change : here)
        edited.left_out.push_back(fmt::format("{}.{}: the config has no stage {}", name, change->key, in_quotes(name)));
      continue;
    }
    const MemberSpan stages = members_at(text, begin).at(index_of(root, "stages"));
    const auto& list = *root.find("stages")->members;
    const auto at = std::find_if(list.begin(), list.end(), [&](const JsonMember& m) { return &m.value == stage; });
    const MemberSpan span = members_at(text, stages.value.begin).at(static_cast<std::size_t>(at - list.begin()));
    edit_stage(text, *stage, span.value.begin, here, replacements);
    taken.insert(taken.end(), here.begin(), here.end());
  }
  edited.text = replaced(text, std::move(replacements));
  for (const ConfigChange* change : taken) put_into_tree(*stage_named(root, change->stage), *change);
  const JsonDocument again = parse_json(edited.text);
  if (again.errors.empty() && is_same(again.root, root)) return edited;
  edited.text.clear();
  edited.problem = "its layout is not understood: the edited text would say something else";
  return edited;
}

}  // namespace pooltop
