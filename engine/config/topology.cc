// SPDX-License-Identifier: MIT
// The stages as a graph: who reads from whom.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "engine/config/load_steps.h"

namespace pooltop {

namespace {

class Graph {
 public:
  Graph(PipelineConfig& config, Reporter& reporter) : stages_(config.stages), reporter_(reporter) {
    for (std::size_t i = 0; i < stages_.size(); ++i) index_.emplace(stages_[i].name, i);
    upstream_.resize(stages_.size());
    readers_.resize(stages_.size());
  }

  // False if an edge is missing or wrong: what is said about the rest of the graph would mislead.
  bool connect() {
    const std::size_t before = reporter_.count();
    if (std::none_of(stages_.begin(), stages_.end(), [](const StageConfig& stage) { return stage.is_source(); }))
      reporter_.value("/stages", "must have a source: none of its stages is one");
    else
      for (std::size_t i = 0; i < stages_.size(); ++i)
        if (!stages_[i].is_source()) connect(i);
    return reporter_.count() == before;
  }

  void refuse_unread() const {
    for (std::size_t i = 0; i + 1 < stages_.size(); ++i)
      if (!stages_[i].is_sink() && readers_[i].empty())
        reporter_.value(pointer(i),
                        fmt::format("nobody reads the output of {}; only the last stage may print its results",
                                    in_quotes(stages_[i].name)));
  }

  // Takes away what is fed, again and again; what stays stands in a cycle or behind one.
  void refuse_cycle() const {
    std::vector<std::size_t> unfed(stages_.size());
    std::vector<std::size_t> fed;
    for (std::size_t i = 0; i < stages_.size(); ++i)
      if (unfed[i] = upstream_[i].size(); unfed[i] == 0) fed.push_back(i);
    while (!fed.empty()) {
      const std::size_t stage = fed.back();
      fed.pop_back();
      for (const std::size_t reader : readers_[stage])
        if (--unfed[reader] == 0) fed.push_back(reader);
    }
    const auto left = std::find_if(unfed.begin(), unfed.end(), [](std::size_t count) { return count > 0; });
    if (left != unfed.end()) report_cycle(static_cast<std::size_t>(left - unfed.begin()), unfed);
  }

  void refuse_order_of_many() const {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto* const sink = std::get_if<SinkConfig>(&stages_[i].work);
      if (sink == nullptr || !sink->ordered) continue;
      const std::vector<std::string> sources = sources_of(i);
      if (sources.size() > 1)
        reporter_.value(pointer(i) + "/ordered",
                        fmt::format("must not be true here: the order is that of one source, and {} feed it",
                                    fmt::join(sources, ", ")));
    }
  }

 private:
  static std::string pointer(std::size_t stage) { return fmt::format("/stages/{}", stage); }

  void connect(std::size_t reader) {
    StageConfig& stage = stages_[reader];
    if (stage.from.empty()) {
      if (reader == 0)
        return reporter_.value(pointer(0), "nothing feeds it: the first stage must be a source, or say \"from\"");
      if (stages_[reader - 1].is_sink())
        return reporter_.value(pointer(reader), "nothing feeds it: the stage before it is a sink; say \"from\"");
      stage.from = {stages_[reader - 1].name};
    }
    std::set<std::string_view> seen;
    for (const std::string& name : stage.from) {
      std::string problem = problem_of_edge(stage, name);
      if (!seen.insert(name).second) problem = fmt::format("names {} twice", in_quotes(name));
      if (!problem.empty()) {
        reporter_.value(pointer(reader) + "/from", std::move(problem));
        continue;
      }
      upstream_[reader].push_back(index_.at(name));
      readers_[index_.at(name)].push_back(reader);
    }
  }

  [[nodiscard]] std::string problem_of_edge(const StageConfig& reader, const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end() && reporter_.is_full()) return "is not defined";
    if (found == index_.end()) {
      std::vector<std::string_view> names;
      for (const StageConfig& stage : stages_) names.push_back(stage.name);
      const std::size_t shown_names = std::min<std::size_t>(names.size(), 20);
      return fmt::format("stage {} is not defined{}; defined: {}{}", in_quotes(name), did_you_mean(name, names),
                         fmt::join(names.begin(), names.begin() + static_cast<long>(shown_names), ", "),
                         shown_names < names.size() ? ", ..." : "");
    }
    if (name == reader.name) return fmt::format("{} reads its own output", in_quotes(name));
    if (stages_[found->second].is_sink()) return fmt::format("{} is a sink: it has no output to read", in_quotes(name));
    return "";
  }

  // Every stage that is left has an upstream stage that is left: going up must come round.
  void report_cycle(std::size_t stage, const std::vector<std::size_t>& unfed) const {
    std::vector<std::size_t> path;
    while (std::find(path.begin(), path.end(), stage) == path.end()) {
      path.push_back(stage);
      stage = *std::find_if(upstream_[stage].begin(), upstream_[stage].end(),
                            [&](std::size_t up) { return unfed[up] > 0; });
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), stage));
    std::reverse(path.begin(), path.end());  // along the flow
    std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
    std::string text;
    for (const std::size_t i : path) text += stages_[i].name + " -> ";
    reporter_.value(pointer(path.front()) + "/from", "is part of a cycle: " + text + stages_[path.front()].name);
  }

  [[nodiscard]] std::vector<std::string> sources_of(std::size_t stage) const {
    std::vector<std::string> names;
    std::set<std::size_t> seen{stage};
    std::vector<std::size_t> open{stage};
    while (!open.empty()) {
      const std::size_t next = open.back();
      open.pop_back();
      if (stages_[next].is_source()) names.push_back(stages_[next].name);
      for (const std::size_t up : upstream_[next])
        if (seen.insert(up).second) open.push_back(up);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::vector<StageConfig>& stages_;
  Reporter& reporter_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<std::vector<std::size_t>> upstream_;
  std::vector<std::vector<std::size_t>> readers_;
};

}  // namespace

void check_topology(PipelineConfig& config, Reporter& reporter) {
  Graph graph(config, reporter);
  if (!graph.connect()) return;
  graph.refuse_unread();
  graph.refuse_cycle();
  graph.refuse_order_of_many();
}

}  // namespace pooltop
