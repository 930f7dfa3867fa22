// SPDX-License-Identifier: MIT
#include "engine/control/inspection.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/model/json_fields.h"
#include "engine/model/snapshot_json.h"

namespace pooltop {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

/// Calls `add` for each entry of the list `key`, if there is one.
void each(const json& object, const char* key, auto add) {
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return;
  for (const json& entry : *list) add(entry);
}

ordered_json latency_json(const Latency& latency) { return {{"p50", latency.p50_s}, {"p99", latency.p99_s}}; }

Latency latency_from(const json& object, const char* key) {
  Latency out;
  if (const auto found = object.find(key); found != object.end() && found->is_object()) {
    read_member(*found, "p50", out.p50_s);
    read_member(*found, "p99", out.p99_s);
  }
  return out;
}

ordered_json to_json(const InspectedDescriptor& d) {
  return {{"number", d.number}, {"kind", d.kind}, {"name", d.name}, {"note", d.note}, {"peers", d.peers}};
}

ordered_json to_json(const InspectedProcess& p) {
  ordered_json descriptors = ordered_json::array();
  for (const InspectedDescriptor& descriptor : p.descriptors) descriptors.push_back(to_json(descriptor));
  ordered_json threads = ordered_json::array();
  for (const InspectedThread& t : p.other_threads)
    threads.push_back({{"tid", t.tid}, {"name", t.name}, {"state", t.state}, {"where", t.where}});
  return {{"pid", p.pid},
          {"parent", p.parent},
          {"name", p.name},
          {"state", p.state},
          {"state_text", p.state_text},
          {"where", p.where},
          {"wchan", p.wchan},
          {"call", p.call},
          {"descriptors", std::move(descriptors)},
          {"kernel_stack", p.kernel_stack},
          {"threads", p.threads},
          {"other_threads", std::move(threads)},
          {"cpu_percent", p.cpu_percent ? ordered_json(rounded(*p.cpu_percent)) : ordered_json(nullptr)},
          {"cpu_s", rounded(p.cpu_s)},
          {"age_s", rounded(p.age_s)},
          {"rss_bytes", p.rss_bytes},
          {"voluntary_switches", p.voluntary_switches},
          {"involuntary_switches", p.involuntary_switches},
          {"read_bytes", nullable(p.read_bytes)},
          {"written_bytes", nullable(p.written_bytes)},
          {"nice", p.nice},
          {"cwd", p.cwd},
          {"argv", p.argv}};
}

ordered_json to_json(const InspectedItem& item) {
  ordered_json attempts = ordered_json::array();
  for (const InspectedAttempt& a : item.attempts)
    attempts.push_back({{"pid", a.pid},
                        {"exit", nullable(a.exit)},
                        {"signal", nullable(a.signal)},
                        {"started_at", a.started_at},
                        {"elapsed_s", rounded(a.elapsed_s)},
                        {"error", a.error},
                        {"stderr", a.standard_error}});
  return {{"id", item.id},
          {"item", item.item},
          {"bytes", item.bytes},
          {"source", item.source},
          {"queued_s", rounded(item.queued_s)},
          {"elapsed_s", rounded(item.elapsed_s)},
          {"attempt", item.attempt},
          {"max_attempts", item.max_attempts},
          {"attempts", std::move(attempts)}};
}

InspectedProcess process_from_json(const json& o) {
  InspectedProcess p;
  read_member(o, "pid", p.pid);
  read_member(o, "parent", p.parent);
  read_member(o, "name", p.name);
  read_member(o, "state", p.state);
  read_member(o, "state_text", p.state_text);
  read_member(o, "where", p.where);
  read_member(o, "wchan", p.wchan);
  read_member(o, "call", p.call);
  each(o, "descriptors", [&](const json& e) {
    InspectedDescriptor& d = p.descriptors.emplace_back();
    read_member(e, "number", d.number);
    read_member(e, "kind", d.kind);
    read_member(e, "name", d.name);
    read_member(e, "note", d.note);
    read_member(e, "peers", d.peers);
  });
  read_member(o, "kernel_stack", p.kernel_stack);
  read_member(o, "threads", p.threads);
  each(o, "other_threads", [&](const json& e) {
    InspectedThread& t = p.other_threads.emplace_back();
    read_member(e, "tid", t.tid);
    read_member(e, "name", t.name);
    read_member(e, "state", t.state);
    read_member(e, "where", t.where);
  });
  read_member(o, "cpu_percent", p.cpu_percent);
  read_member(o, "cpu_s", p.cpu_s);
  read_member(o, "age_s", p.age_s);
  read_member(o, "rss_bytes", p.rss_bytes);
  read_member(o, "voluntary_switches", p.voluntary_switches);
  read_member(o, "involuntary_switches", p.involuntary_switches);
  read_member(o, "read_bytes", p.read_bytes);
  read_member(o, "written_bytes", p.written_bytes);
  read_member(o, "nice", p.nice);
  read_member(o, "cwd", p.cwd);
  read_member(o, "argv", p.argv);
  return p;
}

InspectedItem item_from_json(const json& o) {
  InspectedItem item;
  read_member(o, "id", item.id);
  read_member(o, "item", item.item);
  read_member(o, "bytes", item.bytes);
  read_member(o, "source", item.source);
  read_member(o, "queued_s", item.queued_s);
  read_member(o, "elapsed_s", item.elapsed_s);
  read_member(o, "attempt", item.attempt);
  read_member(o, "max_attempts", item.max_attempts);
  each(o, "attempts", [&](const json& e) {
    InspectedAttempt& a = item.attempts.emplace_back();
    read_member(e, "pid", a.pid);
    read_member(e, "exit", a.exit);
    read_member(e, "signal", a.signal);
    read_member(e, "started_at", a.started_at);
    read_member(e, "elapsed_s", a.elapsed_s);
    read_member(e, "error", a.error);
    read_member(e, "stderr", a.standard_error);
  });
  return item;
}

}  // namespace

ordered_json to_json(const Inspection& i) {
  ordered_json processes = ordered_json::array();
  for (const InspectedProcess& process : i.processes) processes.push_back(to_json(process));
  return {{"verdict", {{"kind", i.verdict}, {"text", i.text}, {"pid", i.verdict_pid}}},
          {"worker", to_json(i.worker)},
          {"alive_s", rounded(i.alive_s)},
          {"process_number", i.process_number},
          {"done_by_process", i.done_by_process},
          {"time_share",
           {{"busy", rounded(i.time_share.busy)},
            {"wait", rounded(i.time_share.wait)},
            {"blocked", rounded(i.time_share.blocked)},
            {"paused", rounded(i.time_share.paused)}}},
          {"latency_s", {{"p50", i.latency.p50_s}, {"p99", i.latency.p99_s}, {"max", i.largest_s}}},
          {"stage_latency_s", latency_json(i.stage_latency)},
          {"cpu",
           {{"percent", rounded(i.cpu_percent)}, {"window_s", rounded(i.window_s)}, {"still_s", rounded(i.still_s)}}},
          {"item", i.item ? to_json(*i.item) : ordered_json(nullptr)},
          {"processes", std::move(processes)},
          {"processes_left_out", i.processes_left_out}};
}

Inspection inspection_from_json(const json& o) {
  Inspection i;
  if (const auto worker = o.find("worker"); worker != o.end()) i.worker = worker_from_json(*worker);
  if (const auto verdict = o.find("verdict"); verdict != o.end()) {
    read_member(*verdict, "kind", i.verdict);
    read_member(*verdict, "text", i.text);
    read_member(*verdict, "pid", i.verdict_pid);
  }
  read_member(o, "alive_s", i.alive_s);
  read_member(o, "process_number", i.process_number);
  read_member(o, "done_by_process", i.done_by_process);
  if (const auto share = o.find("time_share"); share != o.end()) {
    read_member(*share, "busy", i.time_share.busy);
    read_member(*share, "wait", i.time_share.wait);
    read_member(*share, "blocked", i.time_share.blocked);
    read_member(*share, "paused", i.time_share.paused);
  }
  i.latency = latency_from(o, "latency_s");
  if (const auto latency = o.find("latency_s"); latency != o.end()) read_member(*latency, "max", i.largest_s);
  i.stage_latency = latency_from(o, "stage_latency_s");
  if (const auto cpu = o.find("cpu"); cpu != o.end()) {
    read_member(*cpu, "percent", i.cpu_percent);
    read_member(*cpu, "window_s", i.window_s);
    read_member(*cpu, "still_s", i.still_s);
  }
  if (const auto item = o.find("item"); item != o.end() && item->is_object()) i.item = item_from_json(*item);
  each(o, "processes", [&](const json& e) { i.processes.push_back(process_from_json(e)); });
  read_member(o, "processes_left_out", i.processes_left_out);
  return i;
}

std::string progress_text(const Inspection& before, const Inspection& now) {
  const double seconds = now.alive_s - before.alive_s;
  if (before.worker.pid != now.worker.pid || before.worker.started_at != now.worker.started_at || seconds <= 0)
    return "";
  std::uint64_t switches = 0, read = 0, written = 0;
  double cpu = 0;
  bool has_io = true;
  for (const InspectedProcess& process : now.processes) {
    const InspectedProcess* old = nullptr;
    for (const InspectedProcess& each : before.processes)
      if (each.pid == process.pid && each.age_s <= process.age_s) old = &each;
    const auto grown = [](std::uint64_t was, std::uint64_t is) { return is > was ? is - was : 0; };
    switches += grown(old ? old->voluntary_switches + old->involuntary_switches : 0,
                      process.voluntary_switches + process.involuntary_switches);
    cpu += process.cpu_s - (old ? old->cpu_s : 0);
    has_io = has_io && process.read_bytes && process.written_bytes;
    read += grown(old ? old->read_bytes.value_or(0) : 0, process.read_bytes.value_or(0));
    written += grown(old ? old->written_bytes.value_or(0) : 0, process.written_bytes.value_or(0));
  }
  const std::string io = has_io ? fmt::format(", {} bytes read, {} written", read, written) : "";
  return fmt::format("in {:.1f} s: {:.2f} s of CPU, {} switches{}", seconds, std::max(cpu, 0.0), switches, io);
}

}  // namespace pooltop
