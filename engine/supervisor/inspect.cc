// SPDX-License-Identifier: MIT
// A close look at one worker, for `inspect`: what /proc says of its processes now, and what the engine's books have of
// it that is not in its row of the status object.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/process/inspection.h"
#include "engine/stats/verdict.h"
#include "engine/supervisor/observer.h"

namespace pooltop {

namespace {

constexpr std::size_t kWordBytes = 1024;  // of an argument, of a path
constexpr std::size_t kErrorBytes = 400;
constexpr std::size_t kAttempts = 20;
constexpr double kLeastWindow = 0.2;  // seconds: less than that says nothing in ticks of 10 ms

std::string tail_of(const std::string& text) {
  return printable(text.size() > kErrorBytes ? std::string_view(text).substr(text.size() - kErrorBytes) : text);
}

InspectedDescriptor shown(const DescriptorView& view) {
  return {view.number, std::string(name_of(view.kind)), printable(view.name, kStatusItemBytes), view.note, view.peers};
}

InspectedProcess shown(const ProcessView& view) {
  InspectedProcess p;
  p.pid = view.pid;
  p.parent = view.parent;
  p.name = printable(view.name);
  p.state = printable(std::string(1, view.state));
  p.state_text = word_of_state(view.state);
  p.where = text_of(view.wait);
  p.wchan = printable(view.wait.wchan);
  p.call = view.wait.call;
  for (const DescriptorView& descriptor : view.wait.descriptors) p.descriptors.push_back(shown(descriptor));
  for (const std::string& line : view.kernel_stack) p.kernel_stack.push_back(printable(line, kStatusItemBytes));
  p.threads = view.threads;
  for (const ThreadView& thread : view.other_threads)
    p.other_threads.push_back(
        {thread.tid, printable(thread.name), printable(std::string(1, thread.state)), text_of(thread.wait)});
  p.cpu_s = to_seconds(view.cpu);
  p.age_s = to_seconds(view.age);
  p.rss_bytes = view.rss_bytes;
  p.voluntary_switches = view.voluntary_switches;
  p.involuntary_switches = view.involuntary_switches;
  p.read_bytes = view.read_bytes;
  p.written_bytes = view.written_bytes;
  p.nice = view.nice;
  p.cwd = printable(view.cwd, kWordBytes);
  for (const std::string& word : view.argv) p.argv.push_back(printable(word, kWordBytes));
  return p;
}

/// Percent of a core that a process used since the baseline, or since it began if that was later.
double percent_since(const CpuBaseline& baseline, const ProcessView& process, double window) {
  Nanos before = 0;
  double span = std::min(window, to_seconds(process.age));
  for (const CpuBaseline::OfProcess& old : baseline.processes)
    if (old.pid == process.pid && old.start_ticks == process.start_ticks) before = old.cpu, span = window;
  return 100 * to_seconds(std::max<Nanos>(process.cpu - before, 0)) / std::max(span, kLeastWindow);
}

TimeShare share_of(const std::array<Nanos, 5>& spent) {
  Nanos all = 0;
  for (const Nanos one : spent) all += one;
  if (all == 0) return {};
  const auto share = [&](TimeKind kind) {
    return static_cast<double>(spent[static_cast<std::size_t>(kind)]) / static_cast<double>(all);
  };
  return {.busy = share(TimeKind::Busy),
          .wait = share(TimeKind::Wait),
          .blocked = share(TimeKind::Blocked),
          .paused = share(TimeKind::Paused),
          .backoff = share(TimeKind::Backoff)};
}

}  // namespace

InspectedItem Observer::inspected_item(const Stage& stage, const Slot& slot, const ItemInWork& work) const {
  const Packet& packet = *work.packet;
  const ItemRef ref = packet.ref(work.index);
  InspectedItem item;
  item.id = id_text(run_.pipeline.id_prefix(packet.source), ref);
  item.item = printable(packet.bytes(work.index), kStatusItemBytes);
  item.bytes = packet.lengths[work.index];
  item.source = run_.pipeline.stages()[packet.source]->config.name;
  item.queued_s = to_seconds(std::max<Nanos>(run_.now - packet.queued_at, 0));
  item.elapsed_s = to_seconds(slot.item_elapsed(run_.now));
  item.attempt = ref.attempt();
  item.max_attempts = stage.config.retries + 1;
  if (!ref.extra) return item;
  const auto& all = ref.extra->attempts;
  for (std::size_t i = all.size() > kAttempts ? all.size() - kAttempts : 0; i < all.size(); ++i) {
    const Attempt& attempt = all[i];
    InspectedAttempt& out = item.attempts.emplace_back();
    out.pid = attempt.failure.pid;
    if (attempt.failure.exit >= 0) out.exit = attempt.failure.exit;
    if (attempt.failure.signal > 0) out.signal = attempt.failure.signal;
    out.started_at = format_utc_ms(attempt.started_us);
    out.elapsed_s = attempt.elapsed_s;
    out.error = printable(attempt.failure.error, kErrorBytes);
    out.standard_error = tail_of(attempt.failure.stderr_tail);
  }
  return item;
}

Inspection Observer::inspect(const Slot& slot) {
  const Stage& stage = run_.stage_of(slot);
  const Nanos now = run_.timeline.now();
  SlotStats& stats = stats_of(slot);
  const TreeSample sample = sampler_.sample(slot.pid, now);
  const CpuBaseline baseline = sampler_.baseline(slot.pid, now);
  const TreeView tree = inspect_tree(slot.pid);

  Inspection out;
  out.worker = worker_status(stage, slot);
  out.alive_s = to_seconds(std::max<Nanos>(now - slot.started, 0));
  out.process_number = slot.restarts + 1;
  out.done_by_process = slot.done - std::min(slot.done, slot.done_before);
  out.time_share = share_of(stats.spent);
  out.latency = {to_seconds(stats.latency.percentile(0.5)), to_seconds(stats.latency.percentile(0.99))};
  out.largest_s = to_seconds(stats.latency.largest());
  const LatencyWindow& latency = stages_[stage.index].latency;
  out.stage_latency = {to_seconds(latency.p50()), to_seconds(latency.p99())};
  out.window_s = baseline.at == 0 ? out.alive_s : to_seconds(now - baseline.at);
  if (out.window_s < kLeastWindow) out.window_s = 0;
  if (out.window_s > 0)
    out.cpu_percent = 100 * to_seconds(std::max<Nanos>(sample.cpu - baseline.total, 0)) / out.window_s;
  out.still_s = baseline.still_since == 0 ? 0 : to_seconds(now - baseline.still_since);
  if (const auto item = item_in_work(slot)) out.item = inspected_item(stage, slot, *item);

  std::vector<double> percents;
  for (const ProcessView& process : tree.processes) {
    percents.push_back(percent_since(baseline, process, out.window_s));
    out.processes.push_back(shown(process));
    if (out.window_s > 0) out.processes.back().cpu_percent = percents.back();
  }
  out.processes_left_out = tree.left_out;

  VerdictFacts facts;
  facts.state = out.worker.state;
  facts.paused_after_item = slot.takes_nothing && !slot.is_stopped;
  facts.is_stopped_by_other = slot.is_stopped_by_other && !slot.is_stopped;
  facts.is_source = stage.is_source();
  facts.child_stays = std::holds_alternative<WorkerWork>(stage.config.work);
  facts.has_item = out.item.has_value();
  if (!stage.down.empty()) facts.next_stage = run_.pipeline.stages()[stage.down.front()]->config.name;
  facts.child = out.worker.child_pid.value_or(0);
  facts.tree = tree.processes;
  facts.cpu_percent = percents;
  facts.tree_percent = out.cpu_percent;
  facts.window_s = out.window_s;
  facts.still_s = out.still_s;
  const Verdict verdict = find_verdict(facts);
  out.verdict = name_of(verdict.kind);
  out.text = verdict.text;
  out.verdict_pid = verdict.pid;
  return out;
}

}  // namespace pooltop
