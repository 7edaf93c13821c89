#!/usr/bin/env python3
"""Does a live capture keep up, and what does it cost?

Runs closewatch-capture while live-traffic sends for a few seconds, on loopback or, as root with
--namespace, over a veth pair into a network namespace of its own. Prints what was sent, what was
seen, what was dropped, and the CPU time of the capture as a Markdown table. Asserts nothing.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# What live-traffic is asked for, by name; both are the aims of the design.
LOADS = {
    "small": ["--payload", "64", "--connections", "32", "--threads", "2"],
    "large": ["--payload", "65536", "--connections", "4", "--threads", "1"],
}
# The range for benchmarks of RFC 2544, on the veth pair only.
HERE, THERE = "198.18.0.1", "198.18.0.2"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs were built")
    parser.add_argument(
        "--command",
        default="{build}/capture/closewatch-capture -i {interface} --metrics-listen 127.0.0.1:{metrics_port} tcp port {port}",
        help="the capture; {interface}, {metrics_port}, {port} and {build} are filled in",
    )
    parser.add_argument("--loads", nargs="+", default=list(LOADS), choices=list(LOADS))
    parser.add_argument("--frames-per-second", type=float, default=300_000, help="of the small load")
    parser.add_argument("--gbit", type=float, default=10, help="of the large load, at most")
    parser.add_argument("--seconds", type=float, default=3, help="how long each load is sent")
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--metrics-port", type=int, default=18060)
    parser.add_argument("--namespace", action="store_true", help="over a veth pair instead of loopback")
    return parser.parse_args()


@contextlib.contextmanager
def loopback():
    yield {"interface": "lo", "address": "127.0.0.1", "prefix": []}


@contextlib.contextmanager
def veth_pair():
    """A namespace that holds the server's end of a veth pair; gone afterwards, with the pair."""
    name = f"closewatch-{os.getpid()}"
    near, far = f"cw{os.getpid()}a", f"cw{os.getpid()}b"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for command in (
            f"ip link add {near} type veth peer name {far} netns {name}",
            f"ip address add {HERE}/30 dev {near}",
            f"ip link set {near} up",
            f"ip -n {name} address add {THERE}/30 dev {far}",
            f"ip -n {name} link set {far} up",
        ):
            subprocess.run(shlex.split(command), check=True)
        yield {"interface": near, "address": THERE, "prefix": ["ip", "netns", "exec", name]}
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def get(arguments, path):
    url = f"http://127.0.0.1:{arguments.metrics_port}{path}"
    with urllib.request.urlopen(url, timeout=2) as response:
        return response.read().decode()


def wait_until_ready(arguments, capture):
    for _ in range(100):
        if capture.poll() is not None:
            sys.exit(f"the capture ended with {capture.returncode} before it was ready")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            get(arguments, "/-/ready")
            return
        time.sleep(0.05)
    sys.exit("the capture was not ready within five seconds")


def total(exposition, name, label=""):
    """The sum over the samples of a family whose labels contain `label`."""
    samples = re.findall(rf"^{name}(\{{.*\}})? (\S+)", exposition, re.MULTILINE)
    return sum(float(value) for labels, value in samples if label in labels)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(arguments, load, path):
    """Runs live-traffic, its server in the namespace where there is one; returns what it sent."""
    common = ["--address", path["address"], "--port", str(arguments.port), *LOADS[load]]
    rate = ["--frames-per-second", str(arguments.frames_per_second)]
    if load == "large":
        rate = ["--gbit", str(arguments.gbit)]
    program = str(arguments.build / "tests/bench/live-traffic")
    client = [program, *common, *rate, "--seconds", str(arguments.seconds)]
    limit = arguments.seconds + 30
    if not path["prefix"]:
        return json.loads(subprocess.run(client, check=True, stdout=subprocess.PIPE, timeout=limit).stdout)
    with subprocess.Popen([*path["prefix"], program, "--role", "server", *common]) as server:
        try:
            sent = subprocess.run([*client, "--role", "client"], check=True, stdout=subprocess.PIPE, timeout=limit)
            server.wait(timeout=30)
        finally:
            server.kill()
    return json.loads(sent.stdout)


def measure(arguments, load, path):
    """One load under one capture; returns a row of the table."""
    fill = {"interface": path["interface"], "build": shlex.quote(str(arguments.build))}
    command = arguments.command.format(port=arguments.port, metrics_port=arguments.metrics_port, **fill)
    with subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL) as capture:
        try:
            wait_until_ready(arguments, capture)
            before = cpu_seconds(capture.pid)
            sent = send(arguments, load, path)
            time.sleep(1)  # the capture hands over its last block
            cpu = cpu_seconds(capture.pid) - before
            return row(load, sent, get(arguments, "/metrics"), cpu)
        finally:
            capture.terminate()


def row(load, sent, exposition, cpu):
    seen = total(exposition, "closewatch_capture_packets_total")
    dropped = total(exposition, "closewatch_capture_dropped_packets_total")
    frames = total(exposition, "websocket_frames_total", 'opcode="text"')
    seconds = sent["seconds"]
    return (
        f"| {load} | {sent['frames'] / seconds:,.0f} | {sent['bytes'] * 8e-9 / seconds:.2f} | {seen / seconds:,.0f} "
        f"| {dropped:,.0f} | {frames:,.0f} of {sent['frames']:,} | {100 * cpu / seconds:.0f} % |"
    )


def main():
    arguments = parse_arguments()
    print("| load | frames/s sent | Gbit/s sent | packets/s seen | packets dropped | frames counted | CPU, of one core |")
    print("|---|---|---|---|---|---|---|")
    with veth_pair() if arguments.namespace else loopback() as path:
        for load in arguments.loads:
            print(measure(arguments, load, path), flush=True)


if __name__ == "__main__":
    main()
