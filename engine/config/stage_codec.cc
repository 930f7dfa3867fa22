// SPDX-License-Identifier: MIT
// One list of fields serves both directions: fields(archive, value) names every member once, a Writer appends them, a
// Reader fills them in the same order. Numbers are eight bytes, strings and lists are preceded by their length, a
// variant and an optional by which alternative they hold.
#include "engine/config/stage_codec.h"

#include <bit>
#include <concepts>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace pooltop {

namespace {

constexpr std::string_view kMagic = "pooltop stage 1\n";

class Writer {
 public:
  void operator()(const std::string& text) {
    number(text.size());
    bytes_ += text;
  }
  void operator()(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  template <std::integral T>
  void operator()(T value) {
    number(static_cast<std::uint64_t>(value));
  }
  template <class T>
  void choice(T value, T /*last*/) {
    number(static_cast<std::uint64_t>(value));
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    number(value ? 1 : 0);
    if (value) (*this)(*value);
  }
  void operator()(const std::vector<std::string>& list) {
    number(list.size());
    for (const std::string& text : list) (*this)(text);
  }
  void operator()(const std::map<std::string, std::string>& map) {
    number(map.size());
    for (const auto& [key, value] : map) (*this)(key), (*this)(value);
  }
  template <class... Ts>
  void operator()(const std::variant<Ts...>& value) {
    number(value.index());
    std::visit([this](const auto& held) { fields(*this, held); }, value);
  }

  std::string take() && { return std::move(bytes_); }

 private:
  void number(std::uint64_t value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof raw);
  }

  std::string bytes_{kMagic};
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {
    if (!rest_.starts_with(kMagic)) refuse();
    rest_.remove_prefix(kMagic.size());
  }

  void operator()(std::string& text) { text = take(number()); }
  void operator()(double& value) { value = std::bit_cast<double>(number()); }
  void operator()(bool& value) { value = number_up_to(1) == 1; }
  template <std::integral T>
  void operator()(T& value) {
    const std::uint64_t raw = number();
    value = static_cast<T>(raw);
    if (static_cast<std::uint64_t>(value) != raw) refuse();
  }
  template <class T>
  void choice(T& value, T last) {
    value = static_cast<T>(number_up_to(static_cast<std::uint64_t>(last)));
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    value.reset();
    if (number_up_to(1) == 1) (*this)(value.emplace());
  }
  void operator()(std::vector<std::string>& list) {
    list.clear();
    for (std::uint64_t left = number(); left > 0; --left) (*this)(list.emplace_back());
  }
  void operator()(std::map<std::string, std::string>& map) {
    map.clear();
    for (std::uint64_t left = number(); left > 0; --left) {
      std::string key;
      (*this)(key);
      (*this)(map[std::move(key)]);
    }
  }
  template <class... Ts>
  void operator()(std::variant<Ts...>& value) {
    emplace(value, number_up_to(sizeof...(Ts) - 1), std::index_sequence_for<Ts...>{});
    std::visit([this](auto& held) { fields(*this, held); }, value);
  }

  void end() const {
    if (!rest_.empty()) refuse();
  }

 private:
  [[noreturn]] static void refuse() { throw std::runtime_error("stage: not what encode() wrote"); }
  std::string_view take(std::uint64_t length) {
    if (length > rest_.size()) refuse();
    const std::string_view front = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return front;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t number_up_to(std::uint64_t last) {
    const std::uint64_t value = number();
    if (value > last) refuse();
    return value;
  }
  template <class Variant, std::size_t... I>
  static void emplace(Variant& value, std::uint64_t index, std::index_sequence<I...>) {
    ((I == index ? void(value.template emplace<I>()) : void()), ...);
  }

  std::string_view rest_;
};

// T is X or const X: one list for both directions.
template <class T, class X>
concept Is = std::same_as<std::remove_const_t<T>, X>;

void fields(auto& a, Is<ItemsSource> auto& v) { a(v.items); }
void fields(auto& a, Is<RangeSource> auto& v) { a(v.start), a(v.stop), a(v.step); }
void fields(auto& a, Is<LinesSource> auto& v) { a(v.file), a(v.delimiter); }
void fields(auto& a, Is<GlobSource> auto& v) { a(v.patterns); }
void fields(auto& a, Is<CommandSource> auto& v) { a(v.argv); }
void fields(auto& a, Is<SourceConfig> auto& v) { a(v.from), a(v.sentinel); }

void fields(auto& a, Is<OpWork> auto& v) { a(v.op), a(v.args), a(v.plugin); }
void fields(auto& a, Is<CommandWork> auto& v) {
  a(v.argv), a(v.item_on_stdin), a.choice(v.output, OutputMode::None), a(v.is_shell);
}
void fields(auto& a, Is<WorkerWork> auto& v) { a(v.argv), a.choice(v.protocol, WorkerProtocol::Json), a(v.window); }
void fields(auto& a, Is<PythonWork> auto& v) {
  a(v.module), a(v.function), a(v.interpreter), a(v.path), a.choice(v.decode, Decode::Bytes);
}

void fields(auto& a, Is<LinesSink> auto& v) { a(v.file), a(v.delimiter); }
void fields(auto& a, Is<JsonlSink> auto& v) { a(v.file), a(v.embed_values); }
void fields(auto& a, Is<CsvSink> auto& v) { a(v.file); }
void fields(auto& a, Is<CommandSink> auto& v) { a(v.argv); }
void fields(auto&, Is<DiscardSink> auto&) {}
void fields(auto& a, Is<SinkConfig> auto& v) { a(v.to), a(v.ordered); }

void fields(auto& a, Is<StageConfig> auto& v) {
  a(v.name), a(v.work), a(v.from), a(v.capacity), a(v.queue_bytes);
  a(v.workers), a(v.retries), a(v.timeout), a(v.max_items_per_worker);
  a.choice(v.on_failure.kind, FailurePolicy::Kind::StopAtShare), a(v.on_failure.count), a(v.on_failure.share);
  a(v.rate_per_s), a.choice(v.start_method, StartMethod::Spawn), a(v.crash_retries);
  a(v.backoff_first), a(v.backoff_max), a(v.max_restarts), a(v.restarts_within);
  a(v.env), a(v.clear_env), a(v.cwd), a(v.nice), a(v.memory_limit);
}

}  // namespace

std::string encode(const StageConfig& stage) {
  Writer writer;
  fields(writer, stage);
  return std::move(writer).take();
}

StageConfig decode_stage(std::string_view bytes) {
  Reader reader(bytes);
  StageConfig stage;
  fields(reader, stage);
  reader.end();
  return stage;
}

}  // namespace pooltop
