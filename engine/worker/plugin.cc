// SPDX-License-Identifier: MIT
#include "pooltop/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/worker/log.h"
#include "engine/worker/operators.h"

namespace pooltop {

namespace {

template <typename Function>
void load(void* library, const char* name, const std::string& file, Function*& function) {
  function = reinterpret_cast<Function*>(::dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(fmt::format("plugin {}: it does not export {}", file, name));
}

class Plugin final : public Operator {
 public:
  Plugin(const std::string& file, const std::string& op, const std::string& args, std::uint64_t max_item_bytes,
         Log& log)
      : max_item_bytes_(max_item_bytes), log_(log) {
    // Never unloaded: what it registered (threads, exit handlers) may live longer than this object.
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(fmt::format("plugin: {}", ::dlerror()));
    load(library, "pooltop_plugin_abi", file, abi_);
    if (const std::uint32_t abi = abi_(); abi != POOLTOP_PLUGIN_ABI)
      throw std::runtime_error(
          fmt::format("plugin {}: built for ABI {}, this pooltop has {}", file, abi, POOLTOP_PLUGIN_ABI));
    load(library, "pooltop_plugin_open", file, open_);
    load(library, "pooltop_plugin_apply", file, apply_);
    load(library, "pooltop_plugin_close", file, close_);
    host_ = {POOLTOP_PLUGIN_ABI, sizeof host_, this, &on_emit, &on_fail, &on_log, max_item_bytes};
    op_ = open_(op.c_str(), args.c_str(), &host_);
    if (op_ == nullptr)
      throw std::runtime_error(fmt::format("plugin {}: refused operator \"{}\" with {}{}{}", file, op,
                                           printable(args, 200), message_.empty() ? "" : ": ", message_));
  }
  ~Plugin() override {
    if (op_ != nullptr) close_(op_);
  }

  // What it does outside is unknown: its answers go out one by one.
  bool is_slow() const override { return true; }

  void apply(std::string_view item, Answer& answer) override {
    message_.clear();
    is_permanent_ = false;
    bytes_ = &answer.text;
    ends_.clear();
    is_too_large_ = false;
    const int result = apply_(op_, item.data() == nullptr ? "" : item.data(), item.size(), &host_);
    if (result != 0)
      return answer.fail_with(message_.empty() ? fmt::format("the plugin failed with {}", result) : message_,
                              is_permanent_);
    if (is_too_large_)
      return answer.fail_with(fmt::format("an output is larger than max_item_bytes ({})", max_item_bytes_));
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      answer.pass(std::string_view(answer.text).substr(begin, end - begin));
      begin = end;
    }
  }

 private:
  // Called from C: nothing may be thrown through it. Without memory for an output there is no going on.
  static void on_emit(void* context, const void* bytes, std::size_t size) noexcept {
    auto& self = *static_cast<Plugin*>(context);
    self.is_too_large_ |= size > self.max_item_bytes_;
    if (self.is_too_large_ || self.bytes_ == nullptr) return;  // nullptr: emitted while it was opened
    self.bytes_->append(static_cast<const char*>(bytes), size);
    self.ends_.push_back(self.bytes_->size());
  }
  static void on_fail(void* context, const char* message, int permanent) noexcept {
    auto& self = *static_cast<Plugin*>(context);
    self.message_ = printable(message == nullptr ? "" : message, 4096);
    self.is_permanent_ = permanent != 0;
  }
  static void on_log(void* context, const char* line) noexcept {
    static_cast<Plugin*>(context)->log_.note(printable(line == nullptr ? "" : line));
  }

  std::uint64_t max_item_bytes_;
  Log& log_;
  decltype(&pooltop_plugin_abi) abi_ = nullptr;
  decltype(&pooltop_plugin_open) open_ = nullptr;
  decltype(&pooltop_plugin_apply) apply_ = nullptr;
  decltype(&pooltop_plugin_close) close_ = nullptr;
  pooltop_host host_{};
  void* op_ = nullptr;
  std::string* bytes_ = nullptr;   // the outputs of the item in work, back to back
  std::vector<std::size_t> ends_;  // where each of them ends
  std::string message_;
  bool is_permanent_ = false;
  bool is_too_large_ = false;
};

}  // namespace

std::unique_ptr<Operator> open_plugin(const std::string& file, const std::string& op, const std::string& args,
                                      std::uint64_t max_item_bytes, Log& log) {
  return std::make_unique<Plugin>(file, op, args, max_item_bytes, log);
}

}  // namespace pooltop
