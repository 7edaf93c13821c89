#!/usr/bin/python3
"""Reads generated savefiles with the real program and holds the result against their ground truth.

Usage: generated_test.py PROGRAM GENERATOR
"""

import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = [("chat", 500, 1), ("churn", 2000, 1), ("bulk", 4, 1)] + [
    ("lossy", 400, seed) for seed in range(1, 9)]


def check(program, generator, folder, profile, connections, seed):
    savefile, truth, metrics, events = (
        folder / name for name in ("savefile.pcap", "truth.json", "metrics.txt", "events.jsonl"))
    messages = [] if profile in ("churn", "bulk") else ["--messages", str(connections * 20)]
    subprocess.run([generator, "--profile", profile, "--connections", str(connections), *messages,
                    "--seed", str(seed), "--output", savefile, "--truth", truth], check=True)
    with events.open("wb") as output:
        subprocess.run([program, "-r", savefile, "--output", "json", "--metrics-once", metrics],
                       stdout=output, check=True)
    checker = Path(__file__).with_name("check_generated.py")
    result = subprocess.run([sys.executable, checker, "--truth", truth, "--events", events,
                             "--metrics", metrics], check=False)
    return result.returncode == 0


def main():
    program, generator = sys.argv[1:]
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for run in RUNS:
            print(*run, flush=True)
            if not check(program, generator, Path(folder), *run):
                failed.append(run)
    for run in failed:
        print("differs from the truth:", *run)
    sys.exit(1 if failed else 0)


main()
