#!/usr/bin/env python3
"""Compares what closewatch-capture says about a generated savefile with the ground truth.

    generate-traffic --profile churn --output F.pcap --truth T.json
    closewatch-capture -r F.pcap --output json --metrics-once M.txt > E.jsonl
    check_generated.py --truth T.json --events E.jsonl --metrics M.txt

Where no packet was lost every count has to be exact. Where packets were lost no code may contradict
the truth: "unknown" and "open" are right answers wherever the truth says that it cannot be known.
Prints each difference as a sentence; the exit code is 1 if there is one.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

SIDES = ("client", "server")
SHOWN = 20  # differences printed in full

SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>[^ ]+)(?: \S+)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """An exposition (text format 0.0.4), with sums over the labels that are not asked for."""

    def __init__(self, text):
        self._families = defaultdict(list)
        for line in text.splitlines():
            sample = SAMPLE.match(line)
            if sample:
                labels = dict(LABEL.findall(sample["labels"] or ""))
                self._families[sample["name"]].append((labels, float(sample["value"])))

    def by(self, name, *wanted):
        """Non-zero values by the values of the wanted labels; a lone label needs no tuple."""
        sums = Counter()
        for labels, value in self._families[name]:
            key = tuple(labels.get(label, "") for label in wanted)
            sums[key[0] if len(key) == 1 else key] += value
        return {key: int(value) for key, value in sums.items() if value}

    def total(self, name):
        return sum(value for _, value in self._families[name])


def differences(what, found, expected):
    """Sentences for each key whose count differs."""
    for key in sorted({*found, *expected}, key=str):
        if found.get(key, 0) != expected.get(key, 0):
            label = "/".join(key) if isinstance(key, tuple) else key
            yield f"{what} {label}: {found.get(key, 0)}, the truth is {expected.get(key, 0)}"


def handshake_result(status):
    return "opened" if status == "101" else f"rejected_{status}"


def nested(by_sender):
    return {(side, key): count for side in SIDES for key, count in by_sender[side].items()}


def check_totals(truth, metrics):
    """Exact counts, for savefiles that lack nothing."""
    for side in SIDES:
        name = f"websocket_{side}_observed_closes_total"
        yield from differences(name, metrics.by(name, "code"), truth["observed"][side])
    ends = {(end["initiator"], end["cause"]): end["count"] for end in truth["ends"]}
    name = "websocket_connections_closed_total"
    yield from differences(name, metrics.by(name, "initiator", "cause"), ends)
    name = "websocket_close_frames_total"
    yield from differences(name, metrics.by(name, "sender", "code"), nested(truth["close_frames"]))
    name = "websocket_opening_handshakes_total"
    results = {handshake_result(status): n for status, n in truth["handshake_statuses"].items()}
    yield from differences(name, metrics.by(name, "result"), results)
    yield from check_traffic(truth, metrics)


def check_traffic(truth, metrics):
    """Frames and bytes; a text frame that ends in its middle may or may not be counted."""
    found = metrics.by("websocket_frames_total", "sender", "opcode")
    for side in SIDES:
        uncounted = found.get((side, "text"), 0) - truth["frames"][side].get("text", 0)
        if 0 < uncounted <= truth["cut_frames"][side]:
            found[(side, "text")] -= uncounted
    yield from differences("websocket_frames_total", found, nested(truth["frames"]))
    payload = metrics.by("websocket_payload_bytes_total", "sender")
    for side in SIDES:
        least = truth["payload_bytes"][side]
        most = least + truth["cut_payload_bytes"][side]
        if not least <= payload.get(side, 0) <= most:
            yield f"websocket_payload_bytes_total {side}: {payload.get(side, 0)}, the truth is {least} to {most}"
    packets = metrics.total("closewatch_capture_packets_total")
    if packets != truth["packets"]:
        yield f"closewatch_capture_packets_total: {packets:.0f}, the truth is {truth['packets']}"


def check_consistency(events, metrics):
    """The counters are the sums of the events."""
    closed = [event for event in events if event["state"] == "closed"]
    for side in SIDES:
        name = f"websocket_{side}_observed_closes_total"
        by_event = Counter(str(event[f"{side}_observed"]) for event in closed)
        found = metrics.by(name, "code")
        if not any(code.endswith("xxx") for code in found):
            yield from differences(f"{name} against the events:", found, by_event)


def check_code(who, event, truth, side):
    found = event[f"{side}_observed"]
    expected = truth[f"{side}_observed"]
    if found == expected or (found == "unknown" and not truth[f"{side}_knowable"]):
        return
    yield f"{who}: {side}_observed is {found}, the truth is {expected}"


def check_event(event, truth, lossy):
    who = f"{truth['client']} to {truth['server']}"
    if event["state"] == "open" and truth["state"] == "closed":
        # A reset beyond a hole may not be taken for the end.
        if truth["client_knowable"] and truth["server_knowable"]:
            yield f"{who}: reported as open, but its end was captured"
        return
    if event["state"] != truth["state"]:
        yield f"{who}: reported as {event['state']}, the truth is {truth['state']}"
        return
    if truth["state"] == "open":
        return
    for side in SIDES:
        yield from check_code(who, event, truth, side)
    for field in ("initiator", "cause") if not lossy else ():
        if event[field] != truth[field]:
            yield f"{who}: {field} is {event[field]}, the truth is {truth[field]}"


def check_connections(truth, events, lossy):
    """Each connection is reported once, and rightly."""
    reported = defaultdict(list)
    for event in events:
        reported[(event["client"], event["server"])].append(event)
    for connection in truth["connections"]:
        found = reported.pop((connection["client"], connection["server"]), [])
        who = f"{connection['client']} to {connection['server']}"
        if connection["status"] != 101:
            if found:
                yield f"{who}: reported, but no WebSocket was opened"
        elif len(found) != 1:
            if found or connection["handshake_captured"]:
                yield f"{who}: reported {len(found)} times"
        else:
            yield from check_event(found[0], connection, lossy)
    for client, server in reported:
        yield f"{client} to {server}: reported, but there is no such connection"


def check(truth, events, metrics):
    lossy = truth["lost_packets"] > 0
    yield from check_connections(truth, events, lossy)
    yield from check_consistency(events, metrics)
    if not lossy:
        yield from check_totals(truth, metrics)


def read_events(path):
    objects = (json.loads(line) for line in path.read_text().splitlines() if line.strip())
    return [each for each in objects if each.get("event") == "websocket_closed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, required=True, help="JSON from generate-traffic")
    parser.add_argument("--events", type=Path, required=True, help="output of --output json")
    parser.add_argument("--metrics", type=Path, required=True, help="output of --metrics-once")
    arguments = parser.parse_args()
    truth = json.loads(arguments.truth.read_text())
    found = list(check(truth, read_events(arguments.events), Metrics(arguments.metrics.read_text())))
    for sentence in found[:SHOWN]:
        print(sentence)
    if len(found) > SHOWN:
        print(f"... and {len(found) - SHOWN} more")
    print(f"{truth['profile']}: {len(truth['connections'])} connections, {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
