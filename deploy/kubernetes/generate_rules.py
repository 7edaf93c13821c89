#!/usr/bin/python3
"""Writes the PrometheusRule of the Prometheus operator from the one source of rules.

Usage: generate_rules.py           writes deploy/kubernetes/rules/prometheusrule.yaml
       generate_rules.py --check   says whether that file is what would be written: 0, or 1

The text of the rules stays as it is, with its comments.
"""

import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent / "prometheus" / "rules"
OUTPUT = HERE / "rules" / "prometheusrule.yaml"

HEADER = """\
# Written by deploy/kubernetes/generate_rules.py; edit deploy/prometheus/rules instead.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: closewatch
  labels:
    app.kubernetes.io/part-of: closewatch
spec:
  groups:
"""


def groups_of(path):
    """What stands below `groups:` in a file of rules, and the comment above it, as lines of spec.groups."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("groups:")
    comment, groups = lines[:start], lines[start + 1:]
    return "".join(f"  {line}".rstrip() + "\n" for line in [f"# {path.name}", "#", *comment, *groups])


def generate(sources):
    text = HEADER + "".join(groups_of(path) for path in sources)
    groups = [group for path in sources for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    if yaml.safe_load(text)["spec"]["groups"] != groups:
        raise ValueError("The PrometheusRule does not say what its sources say.")
    return text


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    sources = sorted(SOURCES.glob("*.yml"))
    if not sources:
        print(f"There are no rules in {SOURCES.relative_to(HERE.parent.parent)}.")
        return 1
    text = generate(sources)
    if not arguments:
        OUTPUT.write_text(text, encoding="utf-8")
        return 0
    if OUTPUT.is_file() and OUTPUT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{OUTPUT.relative_to(HERE.parent.parent)} is not up to date; run deploy/kubernetes/generate_rules.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
