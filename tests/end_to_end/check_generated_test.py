#!/usr/bin/env python3
"""check_generated.py accepts a right result and names what is wrong in a wrong one."""

import copy
import unittest

from check_generated import Metrics, check

TRUTH = {
    "profile": "chat",
    "packets": 20,
    "lost_packets": 0,
    "observed": {"client": {"1006": 1}, "server": {"1000": 1}},
    "ends": [{"initiator": "client", "cause": "unanswered_close", "count": 1}],
    "handshake_statuses": {"101": 2, "403": 1},
    "frames": {"client": {"close": 1}, "server": {"text": 3}},
    "close_frames": {"client": {"1000": 1}, "server": {}},
    "payload_bytes": {"client": 2, "server": 90},
    "cut_frames": {"client": 0, "server": 1},
    "cut_payload_bytes": {"client": 0, "server": 30},
    "connections": [
        {"client": "10.0.0.1:1", "server": "10.0.0.2:80", "status": 101, "state": "closed",
         "handshake_captured": True, "client_observed": 1006, "client_knowable": True,
         "server_observed": 1000, "server_knowable": True,
         "initiator": "client", "cause": "unanswered_close"},
        {"client": "10.0.0.1:2", "server": "10.0.0.2:80", "status": 101, "state": "open",
         "handshake_captured": True},
        {"client": "10.0.0.1:3", "server": "10.0.0.2:80", "status": 403,
         "handshake_captured": True},
    ],
}

EVENTS = [
    {"client": "10.0.0.1:1", "server": "10.0.0.2:80", "state": "closed", "client_observed": 1006,
     "server_observed": 1000, "initiator": "client", "cause": "unanswered_close"},
    {"client": "10.0.0.1:2", "server": "10.0.0.2:80", "state": "open"},
]

EXPOSITION = """\
# HELP websocket_client_observed_closes_total Ended connections.
# TYPE websocket_client_observed_closes_total counter
websocket_client_observed_closes_total{service="default",code="1000"} 0
websocket_client_observed_closes_total{service="default",code="1006"} 1
websocket_server_observed_closes_total{service="default",code="1000"} 1
websocket_connections_closed_total{service="default",initiator="client",cause="unanswered_close"} 1
websocket_close_frames_total{service="default",sender="client",code="1000"} 1
websocket_opening_handshakes_total{service="default",result="opened"} 2
websocket_opening_handshakes_total{service="default",result="rejected_403"} 1
websocket_frames_total{service="default",sender="client",opcode="close"} 1
websocket_frames_total{service="default",sender="server",opcode="text"} 4
websocket_payload_bytes_total{service="default",sender="client"} 2
websocket_payload_bytes_total{service="default",sender="server"} 120
closewatch_capture_packets_total{interface="file.pcap"} 20
"""


def sentences(truth=None, events=None, exposition=EXPOSITION):
    return list(check(truth or TRUTH, EVENTS if events is None else events, Metrics(exposition)))


class CheckGenerated(unittest.TestCase):
    def test_accepts_what_is_right(self):
        self.assertEqual(sentences(), [])

    def test_names_each_wrong_count(self):
        for line in EXPOSITION.splitlines():
            if line.startswith("#") or line.endswith(" 0"):
                continue
            name = line[: line.index("{")]
            for wrong in (EXPOSITION.replace(line, ""), EXPOSITION.replace(line, line + "0")):
                self.assertIn(name, " ".join(sentences(exposition=wrong)), line)

    def test_names_a_connection_that_is_missing_or_counted_twice(self):
        self.assertIn("10.0.0.1:2 to 10.0.0.2:80: reported 0 times", sentences(events=EVENTS[:1]))
        self.assertIn("10.0.0.1:2 to 10.0.0.2:80: reported 2 times", sentences(events=EVENTS + EVENTS[1:]))

    def test_names_a_connection_that_never_was(self):
        for client in ("10.0.0.1:3", "10.0.0.1:9"):
            stranger = dict(EVENTS[1], client=client)
            self.assertIn(f"{client} to 10.0.0.2:80: reported", " ".join(sentences(events=EVENTS + [stranger])))

    def test_names_a_wrong_field(self):
        for field, wrong in (("client_observed", 1005), ("server_observed", "unknown"), ("initiator", "both"), ("cause", "fin")):
            events = [dict(EVENTS[0], **{field: wrong}), EVENTS[1]]
            self.assertIn(f"{field} is {wrong}", " ".join(sentences(events=events)))

    def test_lets_lost_packets_make_a_code_unknown_but_not_wrong(self):
        truth = copy.deepcopy(TRUTH)
        truth["lost_packets"] = 3
        truth["connections"][0]["client_knowable"] = False
        unknown = EXPOSITION.replace('client_observed_closes_total{service="default",code="1006"', 'client_observed_closes_total{service="default",code="unknown"')
        events = [dict(EVENTS[0], client_observed="unknown"), EVENTS[1]]
        self.assertEqual(sentences(truth, events, unknown), [])
        invented = [dict(EVENTS[0], client_observed=7751), EVENTS[1]]
        self.assertIn("client_observed is 7751", " ".join(sentences(truth, invented, unknown)))
        unsure = [dict(EVENTS[0], server_observed="unknown"), EVENTS[1]]
        self.assertIn("server_observed is unknown", " ".join(sentences(truth, unsure, unknown)))

    def test_lets_a_lost_end_stay_open(self):
        truth = copy.deepcopy(TRUTH)
        truth["lost_packets"] = 1
        events = [dict(EVENTS[1], client="10.0.0.1:1"), EVENTS[1]]
        self.assertIn("but its end was captured", " ".join(sentences(truth, events, "")))
        truth["connections"][0]["client_knowable"] = truth["connections"][0]["server_knowable"] = False
        self.assertEqual(sentences(truth, events, ""), [])


if __name__ == "__main__":
    unittest.main()
