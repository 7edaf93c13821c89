#!/usr/bin/python3
"""Holds the rules for Prometheus, their tests, the runbooks and the configurations against each other
and against what closewatch exports.

Usage: prometheus_rules_test.py CAPTURE GENERATOR
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

import catalogue
import promql

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules"
RUNBOOKS = ROOT / "deploy/runbooks"
TOOLS = ("promtool", "amtool", "jq")

# What each alert is: its severity, `for` and `keep_firing_for`.
CONTRACT = {
    "WebSocketMassDisconnect": ("critical", None, "5m"),
    "WebSocketServerErrors": ("critical", "1m", "5m"),
    "WebSocketAbnormalCloseBurnFast": ("critical", "2m", "5m"),
    "WebSocketAbnormalCloseBurnSlow": ("warning", "15m", "15m"),
    "WebSocketReconnectStorm": ("warning", "1m", "5m"),
    "WebSocketOpeningHandshakeFailures": ("warning", "5m", "5m"),
    "WebSocketClosingHandshakesUnanswered": ("warning", "5m", "5m"),
    "WebSocketMassClosure": ("warning", None, "5m"),
    "ClosewatchDown": ("critical", "2m", None),
    "ClosewatchBlind": ("critical", "1m", None),
    "ClosewatchLosingPackets": ("warning", "5m", "5m"),
    "ClosewatchConfigReloadFailed": ("warning", "1m", None),
    "ClosewatchLabelOverflow": ("warning", "5m", None),
    "ClosewatchEventsDropped": ("warning", None, "5m"),
}

# Rules that are wrong in one way, and the tests that have to notice.
WRONG = [
    ("alerts", "ended_abnormally:increase5m >= 20", "ended_abnormally:increase5m >= 19", "WebSocketMassDisconnect"),
    ("alerts", "> 0.05 *", "> 0.04 *", "WebSocketMassDisconnect"),
    ("rules", "max_over_time(job_service:websocket_open_connections:sum[5m])", "job_service:websocket_open_connections:sum",
     "WebSocketMassDisconnect"),
    ("alerts", ">= 5\n", ">= 4\n", "WebSocketServerErrors"),
    ("alerts", "> 0.01 * job_service", "> 0.001 * job_service", "WebSocketServerErrors"),
    ("alerts", "increase1h >= 20", "increase1h >= 19", "WebSocketAbnormalCloseBurnFast"),
    ("alerts", "> 14.4 * 0.02", "> 12 * 0.02", "WebSocketAbnormalCloseBurnFast"),
    ("alerts", "ratio1h > 14.4 * 0.02", "ratio1h > 0", "WebSocketAbnormalCloseBurnFast"),
    ("alerts", "increase6h >= 20", "increase6h >= 19", "WebSocketAbnormalCloseBurnSlow"),
    ("alerts", "> 6 * 0.02", "> 4 * 0.02", "WebSocketAbnormalCloseBurnSlow"),
    ("alerts", "increase5m >= 100", "increase5m >= 99", "WebSocketReconnectStorm"),
    ("alerts", "> 5 * job_service", "> 3 * job_service", "WebSocketReconnectStorm"),
    ("rules", "and on (job, instance) (time() - process_start_time_seconds >= 65 * 60)", "", "WebSocketReconnectStorm"),
    ("alerts", "failed:increase10m >= 20", "failed:increase10m >= 19", "WebSocketOpeningHandshakeFailures"),
    ("alerts", "> 0.1 *", "> 0.05 *", "WebSocketOpeningHandshakeFailures"),
    ("alerts", "increase15m >= 20", "increase15m >= 19", "WebSocketClosingHandshakesUnanswered"),
    ("alerts", "> 0.2 *", "> 0.09 *", "WebSocketClosingHandshakesUnanswered"),
    ("alerts", "closures:increase5m >= 1", "closures:increase5m >= 0", "WebSocketMassClosure"),
    ("alerts", "for: 2m\n        labels: {severity: critical}\n        annotations:\n          summary: >-\n            {{ with",
     "for: 0m\n        labels: {severity: critical}\n        annotations:\n          summary: >-\n            {{ with",
     "ClosewatchDown"),
    ("alerts", "> 30 * 60", "> 25 * 60", "ClosewatchBlind"),
    ("alerts", "[5m])) >= 100", "[5m])) >= 90", "ClosewatchLosingPackets"),
    ("alerts", "> 0.01 * sum", "> 0.0001 * sum", "ClosewatchLosingPackets"),
    ("alerts", "== 0\n        for: 1m\n        labels: {severity: warning}", "== 0\n        labels: {severity: warning}",
     "ClosewatchConfigReloadFailed"),
    ("alerts", "[1h]) >= 20", "[1h]) >= 19", "ClosewatchLabelOverflow"),
    ("alerts", "[5m]) >= 1\n", "[5m]) >= 0\n", "ClosewatchEventsDropped"),
    ("rules", '_count{outcome="abnormal"}', "_count", "restarts"),
    ("rules", '- sum by (job, service) (increase(instance_service:websocket_close_frames_restart:sum[10m]))', "", "restarts"),
    ("rules", '1001|1012', "1012", "restarts"),
    ("rules", '1001|1012', "1001", "restarts"),
]


def read_rules(name):
    groups = yaml.safe_load((RULES / f"closewatch.{name}.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def run(*command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    return result.returncode, result.stdout + result.stderr


def run_rule_tests(files):
    """The output of the tests that fail, by the name of their file."""
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda file: run("promtool", "test", "rules", file), files)
        return {file.stem: output for file, (code, output) in zip(files, results) if code != 0}


def blocks(text, language):
    """The fenced blocks of a page, those inside lists too."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


ALERTS = {rule["alert"]: rule for rule in read_rules("alerts")}
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in sorted(RUNBOOKS.glob("*.md"))}


def known_series():
    recorded = {}
    for rule in read_rules("rules"):
        level = rule["record"].split(":")[0]
        recorded[rule["record"]] = set(re.findall("job|instance|service|initiator|cause|result", level))
        if "instance" in level:
            recorded[rule["record"]].add("job")
    return catalogue.series() | recorded


class Tools(unittest.TestCase):
    def test_promtool_and_amtool_accept_every_file(self):
        for command in (("promtool", "check", "rules", *RULES.glob("*.yml")),
                        ("promtool", "check", "config", ROOT / "deploy/prometheus/prometheus.yml"),
                        ("amtool", "check-config", ROOT / "deploy/alertmanager/alertmanager.yml")):
            code, output = run(*command)
            self.assertEqual(code, 0, output)
            self.assertNotIn("FAILED", output)

    def test_the_example_has_both_programs_the_rules_and_the_alertmanager(self):
        config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
        targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
        self.assertEqual(targets, {"closewatch-capture": ["127.0.0.1:10060"], "closewatch-proxy": ["127.0.0.1:10061"]})
        self.assertEqual(config["rule_files"], ["rules/*.yml"])
        self.assertEqual(config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"], ["127.0.0.1:9093"])


class Alerts(unittest.TestCase):
    def test_are_those_of_the_contract(self):
        got = {name: (rule["labels"]["severity"], rule.get("for"), rule.get("keep_firing_for"))
               for name, rule in ALERTS.items()}
        self.assertEqual(got, CONTRACT)

    def test_say_what_why_and_where_to_read_on(self):
        for name, rule in ALERTS.items():
            with self.subTest(name):
                annotations = rule["annotations"]
                self.assertEqual(set(annotations), {"summary", "description", "runbook"})
                self.assertEqual(annotations["runbook"], f"deploy/runbooks/{name}.md")
                if name.startswith("WebSocket"):
                    self.assertIn("$labels.service", annotations["summary"])
                    self.assertIn("$value", annotations["description"])

    def test_each_has_a_test_of_each_kind(self):
        restarts = yaml.safe_load((RULES / "tests/restarts.yml").read_text(encoding="utf-8"))["tests"]
        self.assertEqual(len(restarts), 3)
        for name in ALERTS:
            with self.subTest(name):
                tests = yaml.safe_load((RULES / f"tests/{name}.yml").read_text(encoding="utf-8"))["tests"]
                asked = [[bool(at.get("exp_alerts")) for at in test["alert_rule_test"] if at["alertname"] == name]
                         for test in tests]
                self.assertTrue(any(fires[-1] is False and any(fires) for fires in asked), "fires, then resolves")
                floors = [fires for test, fires in zip(tests, asked) if "not below the floor" in test["name"]]
                self.assertTrue(floors and not any(map(any, floors)), "not below the floor")
                for test in restarts:
                    silent = [at for at in test["alert_rule_test"] if at["alertname"] == name and not at.get("exp_alerts")]
                    self.assertGreaterEqual(len(silent), 5, test["name"])

    def test_each_firing_is_tested_with_its_words(self):
        for file in sorted((RULES / "tests").glob("*.yml")):
            for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
                for at in test["alert_rule_test"]:
                    for alert in at.get("exp_alerts") or []:
                        self.assertEqual(set(alert["exp_annotations"]), {"summary", "description", "runbook"}, file)

    def test_hold_in_promtool(self):
        failed = run_rule_tests(sorted((RULES / "tests").glob("*.yml")))
        self.assertEqual(failed, {}, "\n".join(failed.values()))

    def test_are_noticed_when_they_are_wrong(self):
        with tempfile.TemporaryDirectory() as name:
            tests = [self.make_wrong(Path(name) / str(i), *wrong) for i, wrong in enumerate(WRONG)]
            unnoticed = [wrong for file, wrong in zip(tests, WRONG) if not run_rule_tests([file])]
        self.assertEqual(unnoticed, [])

    def make_wrong(self, folder, rules, right, wrong, test):
        shutil.copytree(RULES, folder)
        file = folder / f"closewatch.{rules}.yml"
        text = file.read_text(encoding="utf-8")
        self.assertIn(right, text)
        file.write_text(text.replace(right, wrong), encoding="utf-8")
        code, output = run("promtool", "check", "rules", file)
        self.assertEqual(code, 0, output)
        return folder / "tests" / f"{test}.yml"


class Names(unittest.TestCase):
    def test_in_rules_exist(self):
        series, values = known_series(), catalogue.values()
        for rule in read_rules("rules") + read_rules("alerts"):
            text = "\n".join([rule["expr"], *rule.get("annotations", {}).values()])
            name = rule.get("record") or rule["alert"]
            with self.subTest(name):
                self.assertTrue(promql.named_series(rule["expr"]))
                self.assertEqual(promql.unknown_names(text, series, values), [])

    def test_in_runbooks_exist(self):
        series, values = known_series(), catalogue.values()
        for name, text in PAGES.items():
            with self.subTest(name):
                self.assertEqual(promql.unknown_names(text, series, values), [])
                others = set(re.findall(r"\b(?:WebSocket|Closewatch)[A-Z]\w+", text))
                self.assertEqual(others - set(ALERTS), set())

    def test_that_do_not_exist_are_found(self):
        series, values = known_series(), catalogue.values()
        for text, sentence in (
                ("rate(websocket_closes_total[5m])", "there is no series websocket_closes_total"),
                ('websocket_open_connections{code="1006"}', "websocket_open_connections has no label code"),
                ('`cause="timeout"`', "the label cause is never timeout"),
                ('{cause!~"fin|rst"}', "the label cause is never rst"),
                ("sum by (path) (up == 0)", "no series has a label path")):
            self.assertEqual(promql.unknown_names(text, series, values), [sentence])


class Runbooks(unittest.TestCase):
    def test_there_is_one_for_each_alert(self):
        self.assertEqual(set(PAGES), set(ALERTS))

    def test_answer_the_same_questions(self):
        for name, text in PAGES.items():
            with self.subTest(name):
                self.assertEqual(re.findall("^#+ (.*)$", text, re.MULTILINE), [
                    name, "What it means", "What users feel", "The five usual causes", "What to do"])
                self.assertEqual(re.findall(r"^(\d)\. \*\*", text, re.MULTILINE), list("12345"))
                self.assertTrue(blocks(text, "promql") and blocks(text, "sh"))

    def test_ask_prometheus_what_it_understands(self):
        queries = [query for text in PAGES.values() for query in blocks(text, "promql")]
        rules = [{"record": f"query{i}", "expr": query} for i, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}, file)
            file.flush()
            code, output = run("promtool", "check", "rules", file.name)
        self.assertEqual(code, 0, output)

    def test_ask_the_event_log_what_it_answers(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.write_events(folder)
            for page, text in PAGES.items():
                for command in blocks(text, "sh"):
                    with self.subTest(page, command=command):
                        code, output = run("bash", "-o", "pipefail", "-c", command, cwd=folder)
                        self.assertEqual(code, 0, output)
                        self.assertRegex(output, r"\S")
                        self.assertNotIn("null", output)

    def write_events(self, folder):
        """The events of generated traffic: every usual end, with and without loss."""
        with (folder / "events.jsonl").open("w", encoding="utf-8") as events:
            for profile in ("chat", "lossy"):
                subprocess.run([GENERATOR, "--profile", profile, "--connections", "400", "--messages", "8000",
                                "--seed", "1", "--output", folder / "savefile.pcap"], check=True)
                output = subprocess.run([CAPTURE, "-r", folder / "savefile.pcap", "--output", "json"],
                                        stdout=subprocess.PIPE, text=True, check=True).stdout
                # A live event log has ends only.
                events.writelines(line + "\n" for line in output.splitlines() if '"state":"closed"' in line)


if __name__ == "__main__":
    for tool in TOOLS:
        if shutil.which(tool) is None:
            print(f"Skipped: {tool} is not installed.")
            sys.exit(77)
    GENERATOR = sys.argv.pop()
    CAPTURE = sys.argv.pop()
    unittest.main(verbosity=2)
