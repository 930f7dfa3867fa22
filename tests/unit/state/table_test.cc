// SPDX-License-Identifier: MIT
// Filter, order and groups of the worker table, and that the cursor stays on its process whatever they do.
#include <doctest/doctest.h>

#include <random>

#include "tests/unit/state/crawl.h"

namespace pooltop {
namespace {

std::vector<pid_t> pids(const Driven& ui) {
  std::vector<pid_t> out;
  for (const WorkerStatus* worker : worker_rows(ui.state, ui.run)) out.push_back(worker->pid);
  return out;
}

std::string lines(const Driven& ui) {
  std::string out;
  for (const WorkerLine& line : worker_lines(ui.state, worker_rows(ui.state, ui.run)))
    out += line.worker ? fmt::format("{} ", line.worker->pid) : fmt::format("{}({}) ", line.group, line.count);
  return out;
}

WorkerStatus& worker(Driven& ui, pid_t pid) {
  for (WorkerStatus& one : ui.run.workers)
    if (one.pid == pid) return one;
  return ui.run.workers[0];
}

using Pids = std::vector<pid_t>;

}  // namespace

TEST_CASE("state: / filters while it is typed, Enter keeps it, Esc in the workers shows all again, then goes back") {
  Driven ui;
  worker(ui, 103).state = WorkerState::Paused;
  ui.keys(U"/state:pau");
  CHECK(pids(ui) == Pids{103});
  CHECK(ui.state.prompt->hint == "1 of 4");
  CHECK(ui.at() == 103);
  ui.key(kKeyEnter);
  CHECK(pids(ui) == Pids{103});
  CHECK(ui.said() == "1 of 4 workers shown; Esc shows all again");

  ui.key(kKeyEsc);

  CHECK(pids(ui) == Pids{101, 102, 103, 104});
  CHECK(ui.at() == 103);
  CHECK(ui.state.pane == Pane::Workers);
  ui.key(kKeyEsc);
  CHECK(ui.state.pane == Pane::Stages);
}

TEST_CASE("state: Esc while a filter is typed brings back the one before, and the cursor") {
  Driven ui;
  ui.keys(U"\rj/item-10\r");
  CHECK(ui.at() == 102);
  ui.keys(U"/4");
  CHECK(ui.state.table.filter.text == "item-104");
  CHECK(ui.at() == 104);
  ui.key(kKeyEsc);
  CHECK(ui.state.table.filter.text == "item-10");
  CHECK(ui.at() == 102);
}

TEST_CASE("state: a filter that nothing fits leaves the cursor on nobody, and no key acts") {
  Driven ui;
  ui.keys(U"/nothing\r");
  CHECK(pids(ui).empty());
  CHECK(ui.at() == 0);
  ui.key(U'p');
  CHECK(ui.sent.empty());
  ui.key(kKeyEsc);
  ui.key(U'j');
  CHECK(ui.at() == 101);
}

TEST_CASE("state: where a filter moves the cursor to another stage, the keys of a stage are about that one") {
  Driven ui;
  ui.keys(U"2");
  REQUIRE(ui.state.stage == "fetch");
  ui.keys(U"/stage:store\r");
  REQUIRE(ui.at() == 201);
  CHECK(ui.state.stage == "store");
}

TEST_CASE("state: a term that means nothing is told, and the others filter") {
  Driven ui;
  ui.keys(U"/stat:busy 102");
  CHECK(ui.state.prompt->hint == "no column \"stat\": state:?");
  CHECK(pids(ui) == Pids{102});
  ui.key(kKeyEnter);
  CHECK(ui.said() == "no column \"stat\": state:?");
  CHECK(ui.state.message->is_error);
}

TEST_CASE("state: a worker that no longer fits the filter keeps its row while the cursor is on it") {
  Driven ui;
  ui.keys(U"/state:busy\rj");
  REQUIRE(ui.at() == 102);
  worker(ui, 102).state = WorkerState::Paused;
  worker(ui, 103).state = WorkerState::Paused;
  ui.data();
  CHECK(pids(ui) == Pids{101, 102, 104});
  CHECK(ui.at() == 102);
  CHECK(table_count(ui.state, ui.run).matching == 2);

  ui.key(U'j');

  CHECK(ui.at() == 104);
  CHECK(pids(ui) == Pids{101, 104});
}

TEST_CASE("state: V marks what is shown, hidden marks stay and are counted, and a dialog says so") {
  Driven ui;
  ui.keys(U"\r ");
  ui.keys(U"/103\r");
  ui.key(U'V');
  CHECK(ui.state.marks.size() == 2);
  CHECK(ui.said() == "marked 1 worker; 1 more that are not shown are marked");
  CHECK(table_count(ui.state, ui.run).hidden_marks == 1);
  ui.key(U'K');
  CHECK(ui.state.dialog->title == "Kill 2 workers?");
  CHECK(ui.state.dialog->lines[1] == "1 of the marked ones are not among the rows shown.");
  ui.key(kKeyEsc);
  ui.keys(U"/\x15is:marked\r");
  CHECK(pids(ui) == Pids{101, 103});
}

TEST_CASE("state: s sorts by a column, figures from the largest, ties by stage and slot, and I turns it round") {
  Driven ui;
  worker(ui, 101).cpu_percent = 5;
  worker(ui, 103).cpu_percent = 90;
  ui.keys(U"2s");
  REQUIRE(ui.state.menu);
  while (ui.state.menu->entries[ui.state.menu->shown[ui.state.menu->at]].id != "cpu") ui.key(U'j');
  ui.key(kKeyEnter);
  CHECK(pids(ui) == Pids{103, 101, 51, 102, 104, 201});
  CHECK(ui.said() == "rows are sorted by cpu, largest first; I inverts");
  ui.key(U'I');
  CHECK(pids(ui) == Pids{51, 102, 104, 201, 101, 103});
}

TEST_CASE("state: what has no figure comes last, whichever way the others are sorted") {
  Driven ui;
  ui.key(U'2');
  worker(ui, 51).item_id.reset();
  worker(ui, 102).item_elapsed_s = 7;
  ui.state.table.sort = WorkerColumn::ItemTime;
  CHECK(pids(ui) == Pids{102, 101, 103, 104, 201, 51});
  ui.state.table.inverted = true;
  CHECK(pids(ui) == Pids{101, 103, 104, 201, 102, 51});
  ui.state.table = {};
  ui.state.table.inverted = true;
  CHECK(pids(ui) == Pids{201, 104, 103, 102, 101, 51});
}

TEST_CASE("state: T groups rows by stage, by state, and not at all; the cursor never stands on a group's line") {
  Driven ui;
  worker(ui, 102).state = WorkerState::Idle;
  ui.keys(U"2T");
  CHECK(lines(ui) == "urls(1) 51 fetch(4) 101 102 103 104 store(1) 201 ");
  ui.key(U'T');
  CHECK(lines(ui) == "idle(1) 102 busy(5) 51 101 103 104 201 ");
  for (const pid_t pid : {102, 51, 101, 103, 104, 201, 201}) {
    CHECK((ui.key(U'g'), ui.at()) == 102);
    while (ui.at() != pid) ui.key(U'j');
  }
  ui.key(U'T');
  CHECK(lines(ui) == "51 101 102 103 104 201 ");
}

TEST_CASE("state: the line of a group is scrolled in with its first worker") {
  Driven ui;
  ui.event(Resized{10, 40});
  ui.keys(U"2TG");
  CHECK(ui.state.worker_top > 0);
  ui.key(U'g');
  CHECK(ui.state.worker_top == 0);
}

TEST_CASE("request 1: rows that re-sort under the cursor take it along, and a key hits its process, not its row") {
  Driven ui;
  ui.event(Resized{10, 40});
  for (std::uint32_t i = 0; i < 60; ++i) {
    WorkerStatus more = worker(ui, 104);
    more.pid = static_cast<pid_t>(1000 + i);
    more.slot = 4 + i;
    more.started_at = fmt::format("2026-01-31T13:00:{:02}Z", i);
    ui.run.workers.push_back(more);
  }
  ui.keys(U"\r");
  ui.state.table.sort = WorkerColumn::Cpu;
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const pid_t before = ui.at();
    REQUIRE(before != 0);
    const std::string started_at = ui.state.worker->started_at;
    for (WorkerStatus& one : ui.run.workers) one.cpu_percent = static_cast<double>(random() % 100);
    ui.data();
    REQUIRE(ui.at() == before);
    const auto row = selected_row(ui.state, ui.run);
    const auto shown = static_cast<std::size_t>(layout_of(ui.state, ui.run).worker_rows());
    CHECK(*row >= ui.state.worker_top);
    CHECK(*row < ui.state.worker_top + shown);
    ui.key(U'p');
    CHECK(text_of(ui.sent.back()).find(fmt::format("targets={} started_at={}", before, started_at)) !=
          std::string::npos);
    ui.key(random() % 2 == 0 ? U'j' : U'k');
  }
}

}  // namespace pooltop
