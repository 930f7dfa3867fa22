// SPDX-License-Identifier: MIT
#include "tui/state/filter.h"

#include <doctest/doctest.h>

#include <string>

namespace pooltop {
namespace {

WorkerStatus fetcher() {
  WorkerStatus worker;
  worker.pid = 21872;
  worker.stage = "fetch";
  worker.slot = 3;
  worker.state = WorkerState::Busy;
  worker.item = "https://Example.org/Slow.bin two words";
  worker.item_id = "2988";
  worker.attempt = 2;
  worker.max_attempts = 3;
  worker.item_elapsed_s = 32;
  worker.done = 290;
  worker.failed = 1;
  worker.restarts = 0;
  worker.rate_per_s = 5.1;
  worker.cpu_percent = 12.5;
  worker.rss_bytes = std::uint64_t{31} << 20;
  return worker;
}

bool fits(const std::string& text, const WorkerStatus& worker, bool marked = false, bool slow = false) {
  return matches(parse_filter(text), {worker, marked, slow});
}
bool fits(const std::string& text) { return fits(text, fetcher()); }
std::string complaint(const std::string& text) { return parse_filter(text).complaint; }

}  // namespace

TEST_CASE("filter: a word is looked for in item, item id, stage and PID, in letters of either case") {
  for (const char* found : {"example", "SLOW.BIN", "fet", "2187", "#2988", "two", "\"two words\"", ""})
    CHECK(fits(found));
  for (const char* none : {"other", "parse", "21873", "bus", "\"two  words\""}) CHECK_FALSE(fits(none));
  CHECK(fits("busy"));
}

TEST_CASE("filter: all terms must be true, and ! turns one round") {
  CHECK(fits("fetch slow"));
  CHECK_FALSE(fits("fetch fast"));
  CHECK(fits("fetch !fast"));
  CHECK_FALSE(fits("!fetch"));
  CHECK(fits("!state:idle !try<2"));
  CHECK(fits("!\"three words\" !"));
}

TEST_CASE("filter: a column of text is compared from its beginning, an item anywhere") {
  CHECK(fits("state:busy"));
  CHECK(fits("State:B"));
  CHECK(fits("stage:fe state:"));
  CHECK(fits("item:slow item:\"two words\" item:#2988"));
  CHECK(fits("pid:218"));
  CHECK_FALSE(fits("stage:etch"));
  CHECK_FALSE(fits("state:idle"));
  CHECK_FALSE(fits("item:fetch"));
  CHECK_FALSE(fits("pid:187"));
}

TEST_CASE("filter: figures are compared, with the units that the table shows") {
  for (const char* right :
       {"try>1",           "try=2",  "try:2",     "item-t>30", "item-t>30s", "item-t<1m", "item-t<1m30s", "item-t>=32",
        "item-t<=32000ms", "cpu>12", "cpu>12%",   "cpu<13",    "rss>30M",    "rss<1G",    "rss>30MiB",    "rss>1000",
        "err>0",           "rst=0",  "done<1000", "rate>5",    "slot=3",     "pid>21871"})
    CHECK_MESSAGE(fits(right), right);
  for (const char* wrong : {"try>2", "item-t>33", "cpu>50", "rss>100M", "rst>0", "done<10", "item-t<200ms"})
    CHECK_FALSE_MESSAGE(fits(wrong), wrong);
}

TEST_CASE("filter: what a worker has no figure of is neither more nor less") {
  WorkerStatus idle = fetcher();
  idle.state = WorkerState::Idle;
  idle.item.reset();
  idle.item_id.reset();
  CHECK_FALSE(fits("item-t<1000", idle));
  CHECK_FALSE(fits("try>0", idle));
  CHECK(fits("!item-t>1", idle));
  idle.state = WorkerState::Killed;
  CHECK_FALSE(fits("cpu<1000", idle));
}

TEST_CASE("filter: marks and slow workers can be asked for") {
  CHECK(fits("is:marked", fetcher(), true));
  CHECK_FALSE(fits("is:marked", fetcher(), false));
  CHECK(fits("is:slow !is:marked", fetcher(), false, true));
  CHECK_FALSE(fits("is:slow", fetcher(), true, false));
}

TEST_CASE("filter: what is not finished yet filters nothing and is no fault") {
  for (const char* start : {"state:", "cpu>", "is:", "!", "\"", "is:m", "item-t>=", "  ", "stage:fetch cpu<"}) {
    CHECK_MESSAGE(complaint(start).empty(), start);
    CHECK_MESSAGE(fits(start, fetcher(), true), start);
  }
}

TEST_CASE("filter: what means nothing is told with what might be meant, and filters nothing") {
  CHECK(complaint("stat:busy") == "no column \"stat\": state:?");
  CHECK(complaint("state:bussy") == "no state \"bussy\": busy?");
  CHECK(complaint("state:zzz") == "no state \"zzz\": starting idle busy blocked paused backoff exited killed");
  CHECK(complaint("is:dead") == "is:dead is unknown: is:marked, is:slow");
  CHECK(complaint("cpu>much") == "cpu> takes a figure, as 10");
  CHECK(complaint("rss>big") == "rss> takes a figure, as 100M");
  CHECK(complaint("item-t>-1") == "item-t> takes a figure, as 30s");
  CHECK(complaint("state>busy") == "state is text: state:busy");
  CHECK(complaint("colour:red") == "no column \"colour\"; \"colour:red\" in quotes is text");
  CHECK(fits("stat:idle fetch"));
  CHECK_FALSE(fits("stat:idle parse"));
}

TEST_CASE("filter: addresses, times and what is in quotes are words") {
  for (const char* word : {"https://example.org", "10:30", "/a:b", "\"state:busy\"", "q=1", "http://"})
    CHECK_MESSAGE(complaint(word).empty(), word);
  CHECK(fits("https://example.org"));
  CHECK_FALSE(fits("\"state:busy\""));
}

TEST_CASE("filter: any bytes are taken") {
  std::string text;
  for (int byte = 1; byte < 256; ++byte) text += static_cast<char>(byte);
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    const Filter filter = parse_filter(std::string_view(text).substr(begin));
    CHECK(filter.terms.size() + (filter.complaint.empty() ? 0 : 1) > 0);
  }
}

}  // namespace pooltop
