// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/region/failure.h"

namespace pooltop {

/// What an operator makes of one item: none, one or many outputs, or a failure. Made once and cleared for each item.
/// Outputs point into the item, into `text`, or to what outlives the answer.
class Answer {
 public:
  std::vector<std::string_view> outputs;
  std::string text;  ///< room for an output that is made

  void clear() {
    outputs.clear();
    text.clear();
    failure_.reset();
  }
  void pass(std::string_view output) { outputs.push_back(output); }
  /// The item fails: `message`, then the item as it can be shown.
  void fail(std::string_view message, std::string_view item);
  void fail_with(std::string message, bool permanent = false) {
    failure_.emplace().error = std::move(message);
    failure_->permanent = permanent;
  }
  [[nodiscard]] const std::optional<ItemFailure>& failure() const { return failure_; }

 private:
  std::optional<ItemFailure> failure_;
};

/// A native operator: work done inside the worker process itself. One thread; an item's failure is told in the answer,
/// an exception is the worker's end.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual void apply(std::string_view item, Answer& answer) = 0;
  /// True when one item can take so long that its answer must not wait for its neighbours'.
  [[nodiscard]] virtual bool is_slow() const { return false; }
};

/// The built-in operator of that name (engine/config/operators.h describes them all); `args` is its JSON object.
/// Throws std::runtime_error for a name or argument that it does not have.
[[nodiscard]] std::unique_ptr<Operator> make_operator(std::string_view name, std::string_view args,
                                                      std::uint64_t max_item_bytes);

/// An operator of a shared object (engine/include/pooltop/plugin.h). Throws std::runtime_error when it cannot be
/// loaded, is of another ABI version, or refuses `op` or `args`.
class Log;
[[nodiscard]] std::unique_ptr<Operator> open_plugin(const std::string& file, const std::string& op,
                                                    const std::string& args, std::uint64_t max_item_bytes, Log& log);

}  // namespace pooltop
