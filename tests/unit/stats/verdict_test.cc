// SPDX-License-Identifier: MIT
#include "engine/stats/verdict.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pooltop;

namespace {

constexpr pid_t kWorker = 100, kChild = 200, kOther = 300;

DescriptorView descriptor(int number, DescriptorKind kind, std::string name, std::vector<pid_t> peers = {}) {
  DescriptorView view;
  view.number = number;
  view.kind = kind;
  view.name = std::move(name);
  view.peers = std::move(peers);
  view.peers_known = true;
  return view;
}

ProcessView process(pid_t pid, pid_t parent, std::string name, char state = 'S') {
  ProcessView view;
  view.pid = pid;
  view.parent = parent;
  view.name = std::move(name);
  view.state = state;
  view.threads = 1;
  return view;
}

WaitView waits(std::string call, CallKind kind, std::vector<DescriptorView> on = {}) {
  WaitView wait;
  wait.call = std::move(call);
  wait.kind = kind;
  wait.descriptors = std::move(on);
  return wait;
}

/// A worker with an item whose child is `child`, still for 31 s.
struct Scene {
  explicit Scene(ProcessView child) {
    tree.push_back(process(kWorker, 1, "pooltop"));
    tree.back().wait = waits("poll", CallKind::Poll, {descriptor(5, DescriptorKind::Pipe, "pipe:[9]", {kChild})});
    tree.push_back(std::move(child));
    facts.child = kChild;
    facts.has_item = true;
    facts.window_s = 2;
    facts.still_s = 31;
  }
  Verdict find() {
    percents.resize(tree.size(), 0);
    facts.tree = tree;
    facts.cpu_percent = percents;
    return find_verdict(facts);
  }
  std::vector<ProcessView> tree;
  std::vector<double> percents;
  VerdictFacts facts;
};

struct Row {
  WaitView wait;
  std::string kind;
  std::string text;
};

}  // namespace

TEST_CASE("stats: what a child waits for is said in one sentence, with the processor time it did not use") {
  WaitView sleep = waits("clock_nanosleep", CallKind::Sleep);
  sleep.asked_s = 60;
  WaitView lock = waits("flock", CallKind::FileLock, {descriptor(3, DescriptorKind::File, "/srv/db.lock")});
  lock.holder = 77;
  WaitView fifo = waits("open", CallKind::Open);
  fifo.path = "/tmp/fifo";
  fifo.wchan = "wait_for_partner";
  WaitView file = waits("stat", CallKind::Open);
  file.path = "/mnt/a";
  DescriptorView silent = descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443");
  silent.silent_s = 30;
  DescriptorView out = descriptor(1, DescriptorKind::Pipe, "pipe:[3]", {kWorker});
  out.for_writing = true;
  const std::vector<Row> rows = {
      {waits("recv", CallKind::Read, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")}), "network",
       "waits for the network: curl 200 in recv on tcp 10.0.0.1:443; no CPU for 31s"},
      {waits("poll", CallKind::Poll, {descriptor(3, DescriptorKind::Event, "eventfd"), silent}), "network",
       "waits for the network: curl 200 in poll on eventfd, tcp 10.0.0.1:443 (silent for 30s); no CPU for 31s"},
      {waits("connect", CallKind::Connect, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")}), "network",
       "waits for a connection to be made: curl 200 in connect on tcp 10.0.0.1:443; no CPU for 31s"},
      {waits("accept", CallKind::Accept, {descriptor(4, DescriptorKind::Tcp, "0.0.0.0:80")}), "network",
       "waits for somebody to connect: curl 200 in accept on tcp 0.0.0.0:80; no CPU for 31s"},
      {waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Pipe, "pipe:[7]", {kWorker})}), "input",
       "waits for its stdin: curl 200 in read on stdin (pipe from 100), nothing more has been sent; no CPU for 31s"},
      {waits("read", CallKind::Read, {descriptor(3, DescriptorKind::Pipe, "/tmp/fifo")}), "input",
       "waits for input: curl 200 in read on fifo /tmp/fifo, no process of this worker writes to it; no CPU for 31s"},
      {waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Terminal, "/dev/pts/1")}), "input",
       "waits for somebody to type: curl 200 in read on stdin (/dev/pts/1); no CPU for 31s"},
      {waits("write", CallKind::Write, {out}), "output",
       "waits until its output is read: curl 200 in write on stdout (pipe to 100); no CPU for 31s"},
      {waits("send", CallKind::Write, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")}), "network",
       "waits for the network to take what it sends: curl 200 in send on tcp 10.0.0.1:443; no CPU for 31s"},
      {waits("futex", CallKind::Lock), "lock", "waits for a lock in memory: curl 200 in futex; no CPU for 31s"},
      {lock, "file_lock",
       "waits for a lock on a file: curl 200 in flock on /srv/db.lock, locked by 77; no CPU for 31s"},
      {sleep, "sleep", "sleeps: curl 200 in clock_nanosleep for 1m; no CPU for 31s"},
      {fifo, "file", "waits for somebody to open the other end of a fifo: curl 200 in open /tmp/fifo; no CPU for 31s"},
      {file, "file", "waits for a file: curl 200 in stat /mnt/a; no CPU for 31s"},
      {waits("fsync", CallKind::Sync, {descriptor(3, DescriptorKind::File, "/srv/a")}), "disk",
       "waits for a disk: curl 200 in fsync on /srv/a; no CPU for 31s"},
      {waits("sigsuspend", CallKind::Signal), "signal", "waits for a signal: curl 200 in sigsuspend; no CPU for 31s"},
      {waits("wait4", CallKind::Child), "child", "waits for a child: curl 200 in wait4; no CPU for 31s"},
      {waits("msgrcv", CallKind::Other), "unknown", "waits: curl 200 in msgrcv; no CPU for 31s"},
      {WaitView{}, "unknown", "waits: curl 200 sleeps, and the system does not say in what; no CPU for 31s"},
  };
  for (const Row& row : rows) {
    Scene scene(process(kChild, kWorker, "curl"));
    scene.tree[1].wait = row.wait;

    const Verdict verdict = scene.find();

    CHECK(verdict.text == row.text);
    CHECK(name_of(verdict.kind) == row.kind);
    CHECK(verdict.pid == kChild);
  }
}

TEST_CASE("stats: a process that has a core runs, whatever it waits for at this moment") {
  Scene scene(process(kChild, kWorker, "sha256sum"));
  scene.tree[1].wait = waits("read", CallKind::Read, {descriptor(3, DescriptorKind::File, "/srv/a")});
  scene.percents = {1, 97};
  scene.facts.tree_percent = 98;
  scene.facts.still_s = 0;

  CHECK(scene.find().text == "runs: sha256sum 200 used 98 % of a core in the last 2.0 s");
  CHECK(scene.find().kind == VerdictKind::Runs);
}

TEST_CASE("stats: a process that uses a core now and then works, and it is said what it waits for between") {
  Scene scene(process(kChild, kWorker, "curl"));
  scene.tree[1].wait = waits("recv", CallKind::Read, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")});
  scene.facts.tree_percent = 4;
  scene.facts.still_s = 0;

  CHECK(scene.find().kind == VerdictKind::Works);
  CHECK(scene.find().text ==
        "works now and then, 4.0 % of a core in the last 2.0 s; now it waits for the network: curl 200 in recv on tcp "
        "10.0.0.1:443");
}

TEST_CASE("stats: the processes' states come before their calls") {
  const auto verdict_of = [](char state, pid_t tracer = 0) {
    Scene scene(process(kChild, kWorker, "curl", state));
    scene.tree[1].tracer = tracer;
    scene.tree[1].wait = waits("read", CallKind::Read, {descriptor(3, DescriptorKind::File, "/mnt/a")});
    return scene.find();
  };

  CHECK(verdict_of('T').kind == VerdictKind::Stopped);
  CHECK(verdict_of('T').text ==
        "stopped: curl 200 got a stop signal, not from pooltop; SIGCONT lets it go on; no CPU for 31s");
  CHECK(verdict_of('t', 55).text == "held by a debugger: curl 200 by 55; no CPU for 31s");
  CHECK(verdict_of('Z').text == "has ended: curl 200, but 100 has not asked for its end; no CPU for 31s");
  CHECK(verdict_of('D').kind == VerdictKind::Disk);
  CHECK(verdict_of('D').text ==
        "waits for a disk, and no signal is heard before that: curl 200 in read on /mnt/a; no CPU for 31s");
  CHECK(verdict_of('R').kind == VerdictKind::Works);
}

TEST_CASE("stats: the sentence is about the process at the end of a chain of waits") {
  Scene scene(process(kChild, kWorker, "sh"));
  scene.tree[1].wait = waits("wait4", CallKind::Child);
  scene.tree.push_back(process(kOther, kChild, "gzip"));
  scene.tree[2].wait = waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Pipe, "pipe:[5]", {kOther + 1})});
  scene.tree.push_back(process(kOther + 1, kChild, "curl"));
  scene.tree[3].wait = waits("recv", CallKind::Read, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")});

  const Verdict verdict = scene.find();

  CHECK(verdict.text == "waits for the network: curl 301 in recv on tcp 10.0.0.1:443; no CPU for 31s");
  CHECK(verdict.pid == kOther + 1);
}

TEST_CASE("stats: processes that wait for each other are a circle, once they have stood still for a while") {
  Scene scene(process(kChild, kWorker, "bc"));
  scene.tree[1].wait = waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Pipe, "pipe:[5]", {kOther})});
  scene.tree.push_back(process(kOther, kChild, "awk"));
  scene.tree[2].wait = waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Pipe, "pipe:[6]", {kChild})});

  CHECK(scene.find().text == "waits in a circle, each for the next: bc 200, awk 300; no CPU for 31s");
  CHECK(scene.find().kind == VerdictKind::Circle);
  scene.facts.still_s = 0.5;
  CHECK(scene.find().kind == VerdictKind::Input);
}

TEST_CASE("stats: a program that stays and reads on with its item unanswered is asked whether it buffers") {
  Scene scene(process(kChild, kWorker, "python3"));
  scene.facts.child_stays = true;
  scene.tree[1].wait = waits("read", CallKind::Read, {descriptor(0, DescriptorKind::Pipe, "pipe:[7]", {kWorker})});

  CHECK(scene.find().text ==
        "waits for more on its stdin, its item unanswered: python3 200 in read on stdin (pipe from 100); is its stdout "
        "buffered?; no CPU for 31s");
}

TEST_CASE("stats: a first thread that waits for the others is passed over for the one that does something") {
  Scene scene(process(kChild, kWorker, "python3"));
  scene.tree[1].threads = 3;
  scene.tree[1].wait = waits("futex", CallKind::Lock);
  scene.tree[1].other_threads = {
      {201, "idle", 'S', waits("futex", CallKind::Lock)},
      {202, "fetch", 'S', waits("recv", CallKind::Read, {descriptor(4, DescriptorKind::Tcp, "10.0.0.1:443")})}};

  CHECK(scene.find().text ==
        "waits for the network: python3 200 in recv on tcp 10.0.0.1:443 (thread fetch 202; the first one waits for a "
        "lock); no CPU for 31s");
  scene.tree[1].other_threads.pop_back();
  CHECK(scene.find().text == "waits for a lock in memory: python3 200 in futex, as do its 3 threads; no CPU for 31s");
}

TEST_CASE("stats: what the engine knows of a worker comes before what its processes are at") {
  Scene scene(process(kChild, kWorker, "curl"));
  const auto text_in = [&](WorkerState state) {
    scene.facts.state = state;
    return scene.find().text;
  };

  CHECK(text_in(WorkerState::Paused) == "paused: it and all below it stand still until it is resumed");
  CHECK(text_in(WorkerState::Idle) == "waits for an item: it has none");
  CHECK(text_in(WorkerState::Blocked) == "waits for room: what takes its results is full");
  scene.facts.next_stage = "save";
  CHECK(text_in(WorkerState::Blocked) == "waits for room: the queue of save is full");
  CHECK(text_in(WorkerState::Backoff) == "has ended, and is started again later");
  CHECK(text_in(WorkerState::Killed) == "has ended");
  CHECK(text_in(WorkerState::Starting).starts_with("starting: it has not asked for work yet; it waits"));
  scene.facts.paused_after_item = true;
  CHECK(text_in(WorkerState::Paused) == "paused: it is given nothing until it is resumed");
  scene.facts.paused_after_item = false;
  scene.facts.is_stopped_by_other = true;
  CHECK(text_in(WorkerState::Paused) == "stopped: it got a stop signal, not from pooltop; a resume lets it go on");
}

TEST_CASE("stats: of a worker whose processes are gone nothing is said but that") {
  VerdictFacts facts;
  CHECK(find_verdict(facts).kind == VerdictKind::Gone);
}

TEST_CASE("stats: as long as there was one look only, nothing is said of processor time") {
  Scene scene(process(kChild, kWorker, "cat"));
  scene.tree[1].wait = waits("pause", CallKind::Signal);
  scene.facts.window_s = 0;
  CHECK(scene.find().text == "waits for a signal: cat 200 in pause");
}
