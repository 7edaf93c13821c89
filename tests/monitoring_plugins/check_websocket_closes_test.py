#!/usr/bin/python3
"""check_websocket_closes: its ranges, states, output and memory, as tables."""

import contextlib
import http.server
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
PLUGIN = pathlib.Path(__file__).parents[2] / "deploy/monitoring-plugins/check_websocket_closes"
loader = importlib.machinery.SourceFileLoader("check_websocket_closes", str(PLUGIN))
plugin = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(plugin)

START = 1000.0


def exposition(clean=0, abnormal=0, resets=0, codes=(), service="chat", start=START):
    rows = [
        "# TYPE closewatch_build_info gauge",
        'closewatch_build_info{version="0.1.0",revision="abc"} 1',
        f"process_start_time_seconds {start}",
        f'closewatch_service_info{{service="{service}",mode="proxy"}} 1',
        f'websocket_connection_duration_seconds_count{{service="{service}",outcome="clean"}} {clean}',
        f'websocket_connection_duration_seconds_count{{service="{service}",outcome="abnormal"}} {abnormal}',
        f'websocket_connections_closed_total{{service="{service}",initiator="client",cause="closing_handshake"}} {clean}',
        f'websocket_connections_closed_total{{service="{service}",initiator="server",cause="fin"}} {abnormal - resets}',
        f'websocket_connections_closed_total{{service="{service}",initiator="client",cause="reset"}} {resets}',
    ]
    rows += [f'websocket_{side}_observed_closes_total{{service="{service}",code="{code}"}} {count}'
             for code, counts in dict(codes).items() for side, count in zip(("client", "server"), counts)]
    return "\n".join(rows) + "\n"


class Metrics:
    """A server of whatever `text` is; as a context, its URL."""

    def __enter__(self):
        metrics = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(metrics.status)
                self.end_headers()
                metrics.write(self.wfile)

            def log_message(self, *_):
                pass

        self.text, self.status, self.released = "", 200, threading.Event()
        self.drips = False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/metrics"
        return self

    def write(self, file):
        with contextlib.suppress(OSError):
            while self.drips and not self.released.wait(0.05):
                file.write(b"#")
                file.flush()
            file.write(self.text.encode())

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def check(url, *arguments, at=START + 600):
    """The exit code and what was printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = plugin.main(["--url", url, *arguments], now=lambda: at)
    return code, said.getvalue()


class Ranges(unittest.TestCase):
    def test_alerts(self):
        table = [
            # range, values that alert, values that do not
            ("10", [-0.1, 10.1], [0, 5, 10]),
            (":10", [-0.1, 10.1], [0, 10]),
            ("10:", [-1, 9.9], [10, 1e9]),
            ("~:10", [10.1], [-1e9, 10]),
            ("10:20", [9.9, 20.1], [10, 15, 20]),
            ("-20:-10", [-21, 0], [-20, -10]),
            ("@10:20", [10, 15, 20], [9.9, 20.1]),
            ("@~:0", [-5, 0], [0.1]),
            ("0", [0.1, -1], [0]),
            ("0.5", [0.6], [0.5]),
            ("~:", [], [-1e9, 0, 1e9]),
        ]
        for text, alerts, silent in table:
            for value in alerts + silent:
                with self.subTest(range=text, value=value):
                    self.assertEqual(plugin.Range(text).alerts(value), value in alerts)

    def test_what_is_no_range(self):
        for text in ("", "@", ":", "~", "ten", "10%", "20:10", "1:2:3", "10:~", "1.2.3", " 10"):
            with self.subTest(range=text), self.assertRaises(ValueError):
                plugin.Range(text)

    def test_states(self):
        table = [
            # value, warning, critical, state
            (1, "2", "12", plugin.OK), (2, "2", "12", plugin.OK), (3, "2", "12", plugin.WARNING),
            (13, "2", "12", plugin.CRITICAL), (13, "2", None, plugin.WARNING), (13, None, "12", plugin.CRITICAL),
            (13, None, None, plugin.OK), (5, "@1:10", "20", plugin.WARNING),
        ]
        for value, warning, critical, state in table:
            with self.subTest(value=value, warning=warning, critical=critical):
                made = [text and plugin.Range(text) for text in (warning, critical)]
                self.assertEqual(plugin.state_of(value, *made), state)


class Checks(unittest.TestCase):
    def test_what_is_measured_since_the_start(self):
        codes = {1000: (85, 90), 1006: (10, 5), 1011: (4, 4), 4000: (1, 1)}
        text = exposition(clean=90, abnormal=10, resets=4, codes=codes)
        table = [
            # arguments, exit code, first line after the state
            (["-w", "2", "-c", "12"], 1, "10% abnormal (10 of 100 connections that ended in 600 s) | 'abnormal'=10%;2;12;0;100 'ended'=100;;;0;"),
            (["-w", "2", "-c", "@5:20"], 2, "10% abnormal (10 of 100 connections that ended in 600 s) | 'abnormal'=10%;2;@5:20;0;100 'ended'=100;;;0;"),
            ([], 0, "10% abnormal (10 of 100 connections that ended in 600 s) | 'abnormal'=10%;;;0;100 'ended'=100;;;0;"),
            (["-m", "count", "-c", "9"], 2, "10 abnormal (10 of 100 connections that ended in 600 s) | 'abnormal'=10;;9;0; 'ended'=100;;;0;"),
            (["-m", "rate", "-w", "1"], 0, "1 abnormal a minute (10 of 100 connections that ended in 600 s) | 'abnormal_per_minute'=1;1;;0; 'ended'=100;;;0;"),
            (["--code", "1011", "-w", "3"], 1, "4% 1011 (4 of 100 connections that ended in 600 s) | '1011'=4%;3;;0;100 'ended'=100;;;0;"),
            (["--code", "1006", "--observer", "server"], 0, "5% 1006 (5 of 100 connections that ended in 600 s) | '1006'=5%;;;0;100 'ended'=100;;;0;"),
            (["--code", "1011", "--code", "4000"], 0, "5% 1011+4000 (5 of 100 connections that ended in 600 s) | '1011+4000'=5%;;;0;100 'ended'=100;;;0;"),
            (["--cause", "reset", "-m", "count"], 0, "4 reset (4 of 100 connections that ended in 600 s) | 'reset'=4;;;0; 'ended'=100;;;0;"),
            (["--cause", "vanished", "-w", "0"], 0, "0% vanished (0 of 100 connections that ended in 600 s) | 'vanished'=0%;0;;0;100 'ended'=100;;;0;"),
            (["--minimum", "101", "-c", "1"], 0, "10% abnormal (10 of 100 connections that ended in 600 s, fewer than 101) | 'abnormal'=10%;;1;0;100 'ended'=100;;;0;"),
        ]
        with Metrics() as metrics:
            metrics.text = text
            for arguments, code, line in table:
                with self.subTest(arguments=arguments):
                    is_code, said = check(metrics.url, *arguments)
                    why = "Without a closing handshake: server fin 6, client reset 4\n"
                    self.assertEqual(said, f"WEBSOCKET CLOSES {plugin.STATES[code]} - {line}\n{why}")
                    self.assertEqual(is_code, code)

    def test_only_the_services_that_are_named(self):
        with Metrics() as metrics:
            metrics.text = exposition(clean=50, service="chat") + exposition(clean=5, abnormal=5, service="ticker")
            table = [([], "8.33%"), (["-s", "chat"], "0%"), (["-s", "ticker"], "50%"), (["-s", "chat", "-s", "ticker"], "8.33%")]
            for arguments, share in table:
                with self.subTest(arguments=arguments):
                    self.assertIn(f" - {share} abnormal", check(metrics.url, *arguments)[1])

    def test_nothing_ended(self):
        with Metrics() as metrics:
            metrics.text = exposition()
            self.assertEqual(check(metrics.url, "-w", "0", "-c", "0"), (0, (
                "WEBSOCKET CLOSES OK - 0% abnormal (0 of 0 connections that ended in 600 s) | "
                "'abnormal'=0%;0;0;0;100 'ended'=0;;;0;\n")))

    def test_since_the_last_check(self):
        table = [
            # what happened, exposition, seconds after the check before, exit code, text
            ("first", exposition(clean=90, abnormal=10), 0, 0, "the first check, nothing to compare with | 'abnormal'=U;2;12;0;100"),
            ("quiet", exposition(clean=90, abnormal=10), 60, 0, "0% abnormal (0 of 0 connections that ended in 60 s)"),
            ("clean ends", exposition(clean=190, abnormal=10), 60, 0, "0% abnormal (0 of 100 connections that ended in 60 s)"),
            ("a spike", exposition(clean=195, abnormal=15), 60, 2, "50% abnormal (5 of 10 connections that ended in 60 s)"),
            ("restarted", exposition(clean=97, abnormal=3, start=START + 780), 60, 1, "3% abnormal (3 of 100 connections that ended in 60 s)"),
            ("the counters fell", exposition(clean=49, abnormal=1, start=START + 780), 60, 0, "2% abnormal (1 of 50 connections"),
            ("restarted, and more than before", exposition(clean=180, abnormal=20, start=START + 870), 60, 1, "10% abnormal (20 of 200 connections that ended in 90 s)"),
        ]
        with Metrics() as metrics, tempfile.TemporaryDirectory() as folder:
            at = START + 600
            for what, text, seconds, code, line in table:
                with self.subTest(what):
                    at += seconds
                    metrics.text = text
                    is_code, said = check(metrics.url, "-w", "2", "-c", "12", "--state", f"{folder}/state", at=at)
                    self.assertTrue(said.startswith(f"WEBSOCKET CLOSES {plugin.STATES[code]} - {line}"), said)
                    self.assertEqual(is_code, code)

    def test_an_outage_is_part_of_the_next_window(self):
        with Metrics() as metrics, tempfile.TemporaryDirectory() as folder:
            state = ("--state", f"{folder}/state")
            metrics.text = exposition(clean=10)
            check(metrics.url, *state, at=START + 60)
            metrics.status = 503
            self.assertEqual(check(metrics.url, *state, at=START + 120)[0], plugin.UNKNOWN)
            metrics.status, metrics.text = 200, exposition(clean=10, abnormal=10)
            self.assertIn("(10 of 10 connections that ended in 120 s)", check(metrics.url, *state, at=START + 180)[1])


class Unknowns(unittest.TestCase):
    def test_what_cannot_be_known(self):
        with Metrics() as metrics, tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "broken").write_text("{", encoding="utf-8")
            table = [
                # what, text, status, arguments, part of the line
                ("other metrics", "up 1\n", 200, [], "these are no metrics of closewatch"),
                ("an error", "", 503, [], "503"),
                ("no such service", exposition(), 200, ["-s", "chta"], "there is no service chta"),
                ("a broken state", exposition(), 200, ["--state", f"{folder}/broken"], "holds no state of this check"),
                ("nowhere to write", exposition(), 200, ["--state", f"{folder}/none/state"], "cannot be written"),
            ]
            for what, metrics.text, metrics.status, arguments, part in table:
                with self.subTest(what):
                    code, said = check(metrics.url, *arguments)
                    self.assertTrue(said.startswith("WEBSOCKET CLOSES UNKNOWN - ") and part in said, said)
                    self.assertEqual(code, plugin.UNKNOWN)

    def test_nobody_listens(self):
        with Metrics() as metrics:
            gone = metrics.url
        code, said = check(gone)
        self.assertEqual(code, plugin.UNKNOWN)
        self.assertIn("refused", said)

    def test_an_answer_that_drips(self):
        with Metrics() as metrics:
            metrics.drips = True
            code, said = check(metrics.url, "--timeout", "0.3")
        self.assertEqual(code, plugin.UNKNOWN)
        self.assertIn("no answer within 0.3 s", said)

    def test_mistakes_help_and_version(self):
        table = [
            ([], "required: -u/--url"), (["--url", "http://x/", "-w", "20:10"], "begins above its end"),
            (["--url", "http://x/", "-c", "ten"], "is no range"), (["--url", "http://x/", "-m", "share"], "invalid choice"),
            (["--url", "http://x/", "--code", "1006", "--cause", "fin"], "not allowed with"),
            (["--help"], "RANGE, as in the guidelines"), (["-V"], f"check_websocket_closes {plugin.VERSION}"),
        ]
        for arguments, part in table:
            with self.subTest(arguments=arguments):
                said = io.StringIO()
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
                    plugin.main(arguments)
                self.assertEqual(end.exception.code, plugin.UNKNOWN)
                self.assertIn(part, said.getvalue())

    def test_it_can_be_run(self):
        self.assertTrue(os.access(PLUGIN, os.X_OK))


if __name__ == "__main__":
    unittest.main()
