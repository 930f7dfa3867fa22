#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes crawl.json: the status object that the golden screens and the fake engine start from.

Usage: make_crawl.py > crawl.json
"""
import json

START = "2026-01-31T12:00:00Z"


def share(text):
    """Ten cells of time, as the screen draws them."""
    marks = {"busy": "#", "wait": ".", "blocked": "%", "paused": "=", "backoff": "~"}
    return {name: text.count(mark) / 10 for name, mark in marks.items()}


def stage(name, kind, came_from, state, workers, busy, paused, rates, counts, latency, time, queue):
    return {
        "name": name, "kind": kind, "state": state, "workers": workers, "busy": busy, "paused": paused,
        "retrying": 1 if name == "fetch" else 0,
        "paused_at": "2026-01-31T12:01:03Z" if state == "paused" else None,
        "paused_by": 4711 if state == "paused" else None,
        "in": counts[0], "out": counts[1], "failed": counts[2], "retried": counts[3], "restarts": counts[4],
        "in_rate_per_s": rates[0], "rate_per_s": rates[1], "latency_s": {"p50": latency[0], "p99": latency[1]},
        "time_share": share(time),
        "queue": None if queue is None else {
            "depth": queue[0], "capacity": 256, "bytes": queue[0] * 30, "in_flight": busy,
            "oldest_age_s": queue[1], "high_water": 256, "closed": False},
        "from": came_from}


def worker(pid, stage_name, slot, state, elapsed, done, failed, rate, cpu, rss, restarts, attempt, item, ended=None):
    has_item = item is not None
    return {
        "pid": pid, "stage": stage_name, "slot": slot, "state": state, "state_since_s": elapsed or 0.4,
        "backoff_s": 2.4 if state == "backoff" else 0, "paused_by": 4711 if state == "paused" else None,
        "item": item[1] if has_item else None, "item_id": item[0] if has_item else None,
        "attempt": attempt[0] if has_item else 0, "max_attempts": attempt[1] if attempt else 1,
        "item_elapsed_s": elapsed if has_item else 0, "done": done, "failed": failed, "restarts": restarts,
        "rate_per_s": rate, "cpu_percent": cpu, "rss_bytes": rss << 20, "child_pid": 21901 if pid == 21872 else None,
        "started_at": "2026-01-31T12:01:14Z" if pid == 21991 else START if pid else "", "last_exit": ended,
        "last_pid": 21877 if pid == 21991 else None}


STAGES = [
    stage("urls", "source", [], "running", 1, 1, 0, (0, 41.0), (0, 3378, 0, 0, 0), (0, 0), "#..%%%%%%%", None),
    stage("fetch", "command", ["urls"], "running", 8, 5, 1, (41.0, 40.1), (3026, 3021, 2, 7, 1), (0.18, 0.9),
          "########=~", (256, 6.2)),
    stage("parse", "op", ["fetch"], "running", 4, 2, 0, (40.1, 40.3), (3021, 3019, 0, 0, 0), (0.045, 0.061),
          "##........", (31, 0.7)),
    stage("index", "worker", ["parse"], "paused", 2, 0, 2, (40.3, 0.0), (2775, 2732, 0, 0, 0), (0.002, 0.008),
          "==========", (244, 12.0)),
    stage("store", "sink", ["parse"], "running", 1, 1, 0, (40.3, 40.3), (3021, 3021, 0, 0, 0), (0.001, 0.003),
          "#.........", (0, 0.0)),
]

A = "example.org/a/0{}.html"
WORKERS = [
    worker(21870, "urls", 0, "blocked", 0.1, 3377, 0, 41.0, 3.1, 9, 0, (1, 1), ("3278", A.format(690))),
    worker(21871, "fetch", 0, "busy", 0.1, 381, 0, 5.1, 12.0, 31, 0, (1, 3), ("3014", A.format(412))),
    worker(21872, "fetch", 1, "busy", 32.0, 290, 1, 0.0, 0.0, 31, 0, (2, 3), ("2988", "example.org/slow.bin")),
    worker(21873, "fetch", 2, "busy", 0.3, 377, 0, 5.0, 11.2, 30, 0, (1, 3), ("3016", A.format(418))),
    worker(21874, "fetch", 3, "busy", 0.0, 390, 0, 5.2, 12.4, 31, 0, (1, 3), ("3019", A.format(421))),
    worker(21875, "fetch", 4, "paused", 4.1, 371, 0, 0.0, 0.0, 31, 0, (1, 3), ("2997", A.format(399))),
    worker(0, "fetch", 5, "backoff", 1.2, 366, 2, 4.8, 0.0, 0, 1, None, None, {"exit": 1, "signal": None, "cause": ""}),
    worker(21991, "fetch", 6, "starting", None, 0, 0, 0.0, 88.0, 12, 1, None, None,
           {"exit": None, "signal": 11, "cause": ""}),
    worker(21878, "fetch", 7, "busy", 0.2, 384, 0, 5.1, 12.1, 31, 0, (1, 3), ("3018", A.format(420))),
    worker(21879, "parse", 0, "busy", 0.0, 760, 0, 10.1, 45.0, 88, 0, (1, 1), ("3009", "/tmp/crawl/0407.html")),
    worker(21880, "parse", 1, "idle", None, 751, 0, 10.0, 44.1, 87, 0, None, None),
    worker(21881, "parse", 2, "busy", 0.0, 758, 0, 10.1, 44.9, 88, 0, (1, 1), ("3010", "/tmp/crawl/0408.html")),
    worker(21882, "parse", 3, "idle", None, 752, 0, 10.0, 44.0, 86, 0, None, None),
    worker(21883, "index", 0, "paused", 48.0, 1370, 0, 0.0, 0.0, 140, 0, (1, 1),
           ("2770", '{"url":"example.org/a/0168.html"}')),
    worker(21884, "index", 1, "paused", 12.0, 1362, 0, 0.0, 0.0, 139, 0, (1, 1),
           ("2771", '{"url":"example.org/a/0169.html"}')),
    worker(21885, "store", 0, "busy", 0.0, 3021, 0, 40.3, 2.0, 6, 0, (1, 1),
           ("3008", '{"url":"example.org/a/0406.html"}')),
]

PROBLEMS = [
    {"severity": "warning", "stage": "fetch", "pid": 21872, "since_s": 22.0, "text": "32s on item 2988, p99 is 0.9s"},
    {"severity": "warning", "stage": "fetch", "pid": 21877, "since_s": 9.0,
     "text": "killed by SIGSEGV on item 2991, replaced by 21991"},
    {"severity": "error", "stage": "index", "pid": None, "since_s": 12.0,
     "text": "stalled: 244 items wait, all 2 workers are paused"},
]

LIMIT = {
    "stage": "fetch",
    "text": "fetch limits: its 8 workers are 80 % busy and its queue is full; parse waits for input 80 %",
    "advice": "+ adds a worker", "command": "scale fetch 9",
    "chain": ["urls is blocked by fetch (queue full)", "parse waits for fetch (80 % of its time)",
              "store waits for parse (90 % of its time)"]}

print(json.dumps({
    "schema": 1, "run": "crawl", "pid": 812, "state": "running", "exit_status": None, "started_at": START,
    "ended_at": None, "elapsed_s": 75.2, "items": {"total": 9000, "done": 3021, "failed": 2, "in_flight": 12},
    "eta_s": 149.0, "stages": STAGES, "workers": WORKERS, "problems": PROBLEMS,
    "limit": LIMIT, "watching": 2, "journal": "ok"}, indent=1))
