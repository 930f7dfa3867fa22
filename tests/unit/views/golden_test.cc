// SPDX-License-Identifier: MIT
// Whole screens as text, compared with tests/tui/golden. `POOLTOP_UPDATE_GOLDEN=1 ctest -L unit.views` writes them
// anew.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/control/inspection.h"
#include "engine/model/item_way.h"
#include "engine/model/snapshot_json.h"
#include "tui/state/next.h"
#include "tui/views/grid_window.h"
#include "tui/views/screen.h"

namespace pooltop {
namespace {

const std::filesystem::path kTui = std::filesystem::path(__FILE__).parent_path() / "../../tui";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Snapshot crawl() { return snapshot_from_json(nlohmann::json::parse(read_file(kTui / "crawl.json"))); }

// A minute of work before the snapshot, with a dip in its middle.
UiState watched(const Snapshot& end, int rows, int cols) {
  UiState state;
  state.rows = rows;
  state.cols = cols;
  state.owns_run = true;
  Snapshot at = end;
  for (int second = 0; second <= 75; ++second) {
    const double share = second < 40 ? second / 80.0 : (second - 5) / 70.0;
    for (std::size_t i = 0; i < at.stages.size(); ++i) {
      at.stages[i].out = static_cast<std::uint64_t>(static_cast<double>(end.stages[i].out) * share);
      at.stages[i].in = static_cast<std::uint64_t>(static_cast<double>(end.stages[i].in) * share);
      if (auto& queue = at.stages[i].queue) queue->depth = static_cast<std::uint64_t>(second) / 3;
    }
    at.items.done = static_cast<std::uint64_t>(static_cast<double>(end.items.done) * share);
    at.elapsed_s = second;
    state = next(std::move(state), DataArrived{}, at, second * kSecond).state;
  }
  return next(std::move(state), DataArrived{}, end, 76 * kSecond).state;
}

UiState press(UiState state, std::u32string_view keys, const Snapshot& snapshot) {
  for (const Key key : keys) state = next(std::move(state), KeyPressed{key}, snapshot, 76 * kSecond).state;
  return state;
}

void compare(const std::string& name, const std::string& screen) {
  const auto path = kTui / "golden" / (name + ".txt");
  if (std::getenv("POOLTOP_UPDATE_GOLDEN")) {
    std::ofstream(path) << screen;
    return;
  }
  CHECK_MESSAGE(screen == read_file(path), "differs from ", path.string(), ":\n", screen);
}

struct Size {
  int rows, cols;
};

void draw_and_compare(const std::string& name, Size size, const Snapshot& snapshot, const UiState& state) {
  std::setlocale(LC_ALL, "C.UTF-8");
  for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
    GridWindow window(size.rows, size.cols, charset);
    draw_screen(snapshot, state, window);
    compare(fmt::format("{}_{}x{}_{}", name, size.cols, size.rows, charset == Charset::Ascii ? "ascii" : "utf8"),
            window.text());
  }
}

TEST_CASE("views: the screen of a run is what its golden text says at each size") {
  const Snapshot snapshot = crawl();
  for (const Size size :
       {Size{10, 40}, Size{24, 80}, Size{40, 120}, Size{60, 200}, Size{2, 18}, Size{8, 60}, Size{40, 80}})
    draw_and_compare("pipeline", size, snapshot, watched(snapshot, size.rows, size.cols));
}

TEST_CASE("views: dialogs, help, details and output are what their golden texts say") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    const UiState base = watched(snapshot, size.rows, size.cols);
    draw_and_compare("kill", size, snapshot, press(base, U"\rjK", snapshot));
    draw_and_compare("quit", size, snapshot, press(base, U"q", snapshot));
    draw_and_compare("help", size, snapshot, press(base, U"?", snapshot));
    draw_and_compare("why", size, snapshot, press(base, U"v", snapshot));
    draw_and_compare("palette", size, snapshot, press(base, U"\rj:pau", snapshot));
    draw_and_compare("detail", size, snapshot, press(base, U"\rj\r", snapshot));
    draw_and_compare("workers", size, snapshot, press(base, U"2", snapshot));
    UiState output = press(base, U"o", snapshot);
    output = next(std::move(output),
                  Answered{output.output.asked,
                           {},
                           {{"2026-01-31T12:00:43.120Z", 21901, "fetch", "out", "GET https://example.org/slow.bin"},
                            {"2026-01-31T12:00:43.655Z", 21901, "fetch", "err", "\x1b[31mwarning\x07: 1.2 GiB"}},
                           "2"},
                  snapshot, 76 * kSecond)
                 .state;
    draw_and_compare("output", size, snapshot, output);
  }
}

TEST_CASE("views: the list of problems is what its golden texts say") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}})
    draw_and_compare("problems", size, snapshot, press(watched(snapshot, size.rows, size.cols), U"ee", snapshot));
}

TEST_CASE("views: filter, order and groups of the workers are what their golden texts say") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    const UiState base = watched(snapshot, size.rows, size.cols);
    draw_and_compare("filter", size, snapshot, press(base, U"2/state:busy !store", snapshot));
    draw_and_compare("sort", size, snapshot, press(base, U"2s", snapshot));
    draw_and_compare("groups", size, snapshot, press(base, U"\rV2TT/stage:f cpu>1\rsjjjjjjjjj\r", snapshot));
  }
}

TEST_CASE("views: a close look at a worker is what its golden texts say, in its details and where `i` asks") {
  const Snapshot snapshot = crawl();
  const auto answer = [&](UiState state, int second) {
    Answered look{state.inspect.asked, {}, {}, "", {}};
    look.inspection = inspection_from_json(nlohmann::json::parse(read_file(kTui / "inspection.json")));
    look.inspection->alive_s += second;
    return next(std::move(state), look, snapshot, (76 + second) * kSecond).state;
  };
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    const UiState base = watched(snapshot, size.rows, size.cols);
    const UiState detail = answer(press(base, U"\rj\r", snapshot), 0);
    draw_and_compare("detail_look", size, snapshot, detail);
    UiState inspect = answer(press(base, U"\rji", snapshot), 0);
    inspect = next(std::move(inspect), Ticked{}, snapshot, 77 * kSecond).state;
    inspect = answer(std::move(inspect), 1);
    draw_and_compare("inspect", size, snapshot, inspect);
    inspect = press(std::move(inspect), U"S", snapshot);
    inspect = next(std::move(inspect), StackTaken{21901, "gdb", {"Thread 1 (LWP 21901):", "#0  __libc_recv (fd=5)"}},
                   snapshot, 77 * kSecond)
                  .state;
    draw_and_compare("inspect_stack", size, snapshot, inspect);
  }
}

TEST_CASE("views: queues with their first items are what their golden texts say") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    UiState state = press(watched(snapshot, size.rows, size.cols), U"3", snapshot);
    draw_and_compare("queues_at_first", size, snapshot, state);
    Answered answer{state.queue.asked, {}, {}, "", {}};
    answer.peek = Peek{"fetch", 256, {}};
    for (int i = 0; i < 20; ++i)
      answer.peek->items.push_back(
          {fmt::format("{}", 3020 + i), fmt::format("example.org/b/{:04}.html", i), 24, 6.2 - 0.1 * i});
    answer.peek->items[1].item = "";
    answer.peek->items[2].item = "\x1b[31mred\n" + std::string(200, 'x') + "/end";
    state = next(std::move(state), answer, snapshot, 76 * kSecond).state;
    draw_and_compare("queues", size, snapshot, press(std::move(state), U"\rj", snapshot));
  }
}

FailedRow failed_row(std::string id, std::string item, std::string how, std::string error, std::string written) {
  FailedRow row;
  row.key = {"fetch", std::move(id)};
  row.item = std::move(item);
  row.bytes = row.item.size();
  row.tries = 3;
  row.now.state = "failed";
  row.how = std::move(how);
  row.error = std::move(error);
  row.standard_error = std::move(written);
  return row;
}

TEST_CASE("views: failed items and those that are tried again are what their golden texts say") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    UiState state = press(watched(snapshot, size.rows, size.cols), U"4", snapshot);
    Answered failed{state.failed.failed.asked, {}, {}, "", {}};
    failed.page = FailedPage{
        2,
        {failed_row("2411", "example.org/gone.html", "exit 22 after 0.4s", "exit status 22",
                    "curl: (22) The requested URL returned error: 404\n"),
         failed_row("2790", "example.org/\x1b[2J.html", "killed by SIGSEGV after 2.0s", "ended by SIGSEGV", "")}};
    Answered retrying{state.failed.retrying.asked, {}, {}, "", {}};
    retrying.page = FailedPage{2,
                               {failed_row("2988", "example.org/slow.bin", "", "exit status 56",
                                           "line one\nline \x1b[31mtwo\ncurl: (56) Recv failure: Connection reset\n"),
                                failed_row("2991", "", "", "ended by SIGSEGV", "")}};
    for (FailedRow& row : retrying.page->rows) {
      row.now.attempt = 2;
      row.now.max_attempts = 3;
    }
    retrying.page->rows[0].now.state = "in_work";
    retrying.page->rows[0].now.elapsed_s = 32.0;
    retrying.page->rows[0].now.pid = 21872;
    retrying.page->rows[1].now.state = "retrying";
    retrying.page->rows[1].now.next_try_s = 1.8;
    state = next(std::move(state), failed, snapshot, 76 * kSecond).state;
    state = next(std::move(state), retrying, snapshot, 76 * kSecond).state;
    draw_and_compare("failed", size, snapshot, state);
    draw_and_compare("failed_again", size, snapshot, press(state, U" j", snapshot));
    draw_and_compare("fail_item", size, snapshot, press(state, U"jjx", snapshot));
  }
}

TEST_CASE("views: an item's way is what its golden text says") {
  const Snapshot snapshot = crawl();
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    UiState state = press(watched(snapshot, size.rows, size.cols), U"\rj\r\r", snapshot);
    Answered answer{state.item.asked, {}, {}, "", {}};
    answer.way = item_way_from_json(nlohmann::json::parse(read_file(kTui / "item.json")));
    draw_and_compare("item", size, snapshot, next(std::move(state), answer, snapshot, 76 * kSecond).state);
  }
}

TEST_CASE("views: the settings of a stage, a refusal and the diff are what their golden texts say") {
  const Snapshot snapshot = crawl();
  const auto event = [&](UiState state, const Event& what) {
    return next(std::move(state), what, snapshot, 76 * kSecond).state;
  };
  RunSettings settings;
  settings.config_file = "/home/me/crawl.json";
  settings.stages = {{"fetch",
                      {{"workers", "9", "8", "9", true, true},
                       {"rate", "null", "\"100/s\"", "null", true, false},
                       {"timeout", "\"30s\"", "null", "\"30s\"", true, false},
                       {"retries", "2", "2", "2", false, true},
                       {"crash_retries", "3", "3", "3", false, false},
                       {"max_items_per_worker", "null", "null", "null", false, false},
                       {"capacity", "256", "256", "256", false, false}}}};
  for (const Size size : {Size{10, 40}, Size{24, 80}, Size{40, 120}}) {
    UiState state = press(watched(snapshot, size.rows, size.cols), U"c", snapshot);
    Answered answer{state.settings.asked, {}, {}, "", {}};
    answer.settings = settings;
    state = event(std::move(state), answer);
    draw_and_compare("settings", size, snapshot, press(state, U"jj", snapshot));
    draw_and_compare("settings_pending", size, snapshot, press(state, U"+", snapshot));
    UiState typed = press(state, U"jj\r", snapshot);
    draw_and_compare("settings_typed", size, snapshot, typed);
    typed = press(std::move(typed), U" soon\r", snapshot);
    typed = event(std::move(typed),
                  Answered{typed.settings.waiting,
                           "fetch.timeout: must be null or a duration above 0: \"500ms\", \"5s\", \"2m\", \"1h\" or "
                           "seconds, got \"30s soon\" (bad_request)",
                           {},
                           "",
                           {}});
    draw_and_compare("settings_refused", size, snapshot, typed);
    ConfigDone done;
    done.diff = {
        settings.config_file,
        {"--- /home/me/crawl.json", "+++ /home/me/crawl.json", "@@ -3,7 +3,7 @@", "   // what is fetched\x1b[m",
         "-  {\"name\": \"fetch\", \"shell\": \"curl -s $1\", \"rate\": \"100/s\"},",
         "+  {\"name\": \"fetch\", \"shell\": \"curl -s $1\", \"rate\": null, \"timeout\": \"30s\"},",
         "   {\"name\": \"parse\", \"op\": \"identity\"},"},
        {"results.capacity: the config has no stage \"results\""},
        "/home/me/crawl.json was changed since the run read it"};
    draw_and_compare("settings_diff", size, snapshot, event(press(state, U"d", snapshot), done));
    done.diff.cannot_write.clear();
    draw_and_compare("settings_write", size, snapshot, event(press(state, U"W", snapshot), done));
    draw_and_compare("settings_drop", size, snapshot, press(state, U"u", snapshot));
    UiState quit = event(press(watched(snapshot, size.rows, size.cols), U"q", snapshot), Ticked{});
    done.job.what = ConfigJob::What::Unsaved;
    done.text = "3 settings changed, not in the config: pooltop set crawl --diff";
    draw_and_compare("quit_unsaved", size, snapshot, event(std::move(quit), done));
  }
}

TEST_CASE("views: a run that ended shows its verdict") {
  Snapshot snapshot = crawl();
  const UiState small = watched(snapshot, 24, 80);
  const UiState large = watched(snapshot, 40, 120);
  snapshot.state = RunState::Done;
  snapshot.exit_status = 1;
  snapshot.elapsed_s = 224;
  snapshot.items.done = 8998;
  snapshot.items.in_flight = 0;
  snapshot.stages[0].out = 9000;
  snapshot.eta_s.reset();
  snapshot.workers.clear();
  snapshot.problems.clear();
  for (StageStatus& stage : snapshot.stages) {
    stage.state = StageState::Done;
    stage.workers = stage.busy = stage.paused = 0;
    if (stage.queue) stage.queue->depth = 0;
  }
  for (const UiState& base : {small, large}) {
    UiState state = next(base, DataArrived{}, snapshot, 76 * kSecond).state;
    state.failed_file = "/home/me/.local/state/pooltop/runs/crawl/failed.jsonl";
    draw_and_compare("ended", {base.rows, base.cols}, snapshot, press(state, U"1", snapshot));
  }
}

}  // namespace
}  // namespace pooltop
