#!/usr/bin/env python3
"""What reading a savefile costs, as a ratio to libpcap alone.

Measures the CPU time (user and system) of whole processes on warm savefiles: first
pcap-loop-baseline, then the program, again and again, so that both meet the same machine. Prints
the median, the least and the largest of the ratios as a Markdown table. Asserts nothing.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROFILES = ("chat", "churn", "bulk")
PEERS = {
    # tcpdump changes to another user, who could not read a private directory: -Z root.
    "tcpdump": "tcpdump -Z root -r {file} -w /dev/null",
    "tshark": "tshark -n -r {file} -Y websocket.opcode==8 -T fields -e websocket.payload.close.status_code",
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs were built")
    parser.add_argument(
        "--command",
        default="{build}/capture/closewatch-capture -r {file} --metrics-once -",
        help="the program to measure; {file} is the savefile, {build} the build directory",
    )
    parser.add_argument("--profiles", nargs="+", default=PROFILES, choices=PROFILES)
    parser.add_argument("--runs", type=int, default=7, help="of each program on each savefile")
    parser.add_argument(
        "--peers",
        nargs="*",
        default=[],
        choices=list(PEERS),
        help="measure these too, where installed (tshark takes minutes and gigabytes for the whole savefiles)",
    )
    parser.add_argument("--directory", type=Path, help="keep the savefiles here and use those that are there")
    parser.add_argument("--generator-options", default="", help="more options for generate-traffic")
    return parser.parse_args()


def cpu_seconds(command):
    """User and system time of the process `command` and its children."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def ratios(command, baseline, runs):
    """Runs both in turn; the first of each only warms up."""
    cpu_seconds(baseline)
    cpu_seconds(command)
    found = []
    for _ in range(runs):
        base = cpu_seconds(baseline)
        found.append((cpu_seconds(command), base))
    return found


def savefile(build, directory, profile, more_options):
    path = directory / f"{profile}.pcap"
    if not path.exists():
        command = [build / "tests/generate-traffic", "--profile", profile, "--output", path]
        subprocess.run(command + shlex.split(more_options), check=True)
    return path


def row(profile, name, found):
    each = [mine / base for mine, base in found if base > 0]
    if not each:
        return f"| {profile} | {name} | too short to measure | | | |"
    mine = statistics.median(mine for mine, _ in found)
    return (
        f"| {profile} | {name} | {statistics.median(each):.2f} | {min(each):.2f} | {max(each):.2f} | {mine:.3f} |"
    )


def commands(arguments, path):
    """Name and command of all that is measured on this savefile."""
    fill = {"file": shlex.quote(str(path)), "build": shlex.quote(str(arguments.build))}
    measured = {"closewatch-capture": arguments.command}
    measured |= {name: PEERS[name] for name in arguments.peers if shutil.which(name)}
    return {name: shlex.split(command.format(**fill)) for name, command in measured.items()}


def measure(arguments, directory):
    print(f"CPU of the whole process as a ratio to libpcap's own loop, {arguments.runs} runs each.\n")
    print("| traffic | program | median | least | largest | CPU s |\n|---|---|---|---|---|---|")
    for profile in arguments.profiles:
        path = savefile(arguments.build, directory, profile, arguments.generator_options)
        baseline = [str(arguments.build / "tests/bench/pcap-loop-baseline"), str(path)]
        for name, command in commands(arguments, path).items():
            # A peer is an order of magnitude slower and needs no fine figure.
            runs = min(arguments.runs, 3) if name == "tshark" else arguments.runs
            print(row(profile, name, ratios(command, baseline, runs)), flush=True)


def main():
    arguments = parse_arguments()
    if arguments.directory:
        arguments.directory.mkdir(parents=True, exist_ok=True)
        measure(arguments, arguments.directory)
        return
    with tempfile.TemporaryDirectory() as directory:
        measure(arguments, Path(directory))


if __name__ == "__main__":
    main()
