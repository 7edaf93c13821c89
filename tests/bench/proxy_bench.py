#!/usr/bin/env python3
"""What does relaying WebSocket connections cost, as a ratio to a bare copy relay?

Runs closewatch-proxy, nginx and HAProxy, one worker each, between the two ends of websocket-load,
which check every byte, and prints as a table the CPU time (user and system) of each proxy's process
divided by that of copy-relay in the same repetition: the median, the least and the largest. The
column "copy-relay again" divides copy-relay by itself and so shows how noisy the machine is. Of idle
connections it prints the resident bytes of each, fresh and after one message of 64 KiB each way.
Asserts no time. nginx and HAProxy are wanted here only: apt-get install nginx-light haproxy
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# The aim of closewatch-proxy for each scenario.
AIMS = {
    "ping_pong": "<= 1.05",
    "echo_64k": "<= 0.75",
    "one_way_64k": "<= 0.5",
    "connect_message_close": "<= 1.15",
    "idle": "<= 2,048 / 2,048 B",
}
BASELINE = "copy-relay"
AGAIN = "copy-relay again"
# Descriptors for both ends of the connections of "idle", and more: nginx starts to close connections
# when only a sixteenth is left.
DESCRIPTORS = 2 * 9000 + 1500
# Enough to see every byte go both ways, for --check: headers of each length, and more than the
# sockets' buffers hold.
SMALL = (
    ("ping_pong", "--connections 8 --messages 20"),
    ("ping_pong", "--connections 8 --messages 20 --payload 8"),
    ("echo_64k", "--connections 4 --messages 20"),
    ("echo_64k", "--connections 4 --messages 20 --payload 65528"),
    ("echo_64k", "--connections 4 --messages 100 --payload 4096"),
    ("echo_64k", "--connections 2 --messages 2 --payload 8388608"),
    ("one_way_64k", "--connections 4 --messages 200"),
    ("one_way_64k", "--connections 4 --messages 2000 --payload 1000"),
    ("connect_message_close", "--connections 200"),
    ("idle", "--connections 100"),
)

NGINX = """
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {directory}/pid;
error_log {directory}/error.log warn;
events {{ worker_connections {descriptors}; }}
http {{
    access_log off;
    client_body_temp_path {directory}/client_body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
            {buffers}
        }}
    }}
}}
"""
NGINX_64K = "proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;"

HAPROXY = """
global
    nbthread 1
    maxconn {connections}
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend clients
    bind 127.0.0.1:{port} backlog 1024
    default_backend servers
backend servers
    server one 127.0.0.1:{upstream}
"""


def relay_command(*more):
    def command(arguments, _directory, port, upstream):
        program = arguments.build / "tests/bench/copy-relay"
        return [program, "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{upstream}", *more]

    return command


def nginx_command(buffers):
    def command(_arguments, directory, port, upstream):
        user = "user root;" if os.geteuid() == 0 else ""
        file = directory / "nginx.conf"
        fill = {"directory": directory, "port": port, "upstream": upstream, "buffers": buffers, "user": user}
        file.write_text(NGINX.format(descriptors=DESCRIPTORS, **fill))
        return [find("nginx"), "-p", directory, "-e", directory / "error.log", "-c", file]

    return command


def haproxy_command(_arguments, directory, port, upstream):
    file = directory / "haproxy.cfg"
    file.write_text(HAPROXY.format(port=port, upstream=upstream, connections=DESCRIPTORS // 2 - 100))
    return [find("haproxy"), "-db", "-q", "-f", file]


def proxy_command(arguments, _directory, port, upstream):
    listen = ["--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{upstream}"]
    return [arguments.proxy, *listen, "--threads", "1", "--metrics-listen", "127.0.0.1:0"]


PEERS = {
    BASELINE: relay_command(),
    AGAIN: relay_command(),
    "splice relay": relay_command("--splice"),
    "nginx": nginx_command(""),
    "nginx-64k": nginx_command(NGINX_64K),
    "haproxy": haproxy_command,
    "closewatch-proxy": proxy_command,
}


def find(program):
    """Where a Debian daemon is, though /usr/sbin may not be in the path."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs were built")
    parser.add_argument("--proxy", type=Path, help="closewatch-proxy, if not that of the build")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--scenarios", nargs="+", default=list(AIMS), choices=list(AIMS))
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--check", action="store_true", help="only check every byte, with small counts; no table")
    arguments = parser.parse_args()
    arguments.proxy = arguments.proxy or arguments.build / "proxy/closewatch-proxy"
    if not arguments.check and BASELINE not in arguments.peers:
        arguments.peers.insert(0, BASELINE)
    return arguments


def present(arguments):
    """The peers that are installed; says which are not."""
    missing = {"closewatch-proxy": f"there is no {arguments.proxy}"} if not arguments.proxy.exists() else {}
    for name, program, package in (("nginx", "nginx", "nginx-light"), ("nginx-64k", "nginx", "nginx-light"),
                                   ("haproxy", "haproxy", "haproxy")):
        if not find(program):
            missing[name] = f"apt-get install {package}"
    for name in arguments.peers:
        if name in missing:
            print(f"{name} is left out: {missing[name]}", file=sys.stderr)
    return [name for name in arguments.peers if name not in missing]


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard == resource.RLIM_INFINITY or hard >= DESCRIPTORS


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def pin(last):
    """Runs in the child: the proxy has a CPU of its own where there are two."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        os.sched_setaffinity(0, {cpus[-1 if last else 0]})


def listens(port):
    """Not asked by connecting: the proxy would pass that connection on, some time."""
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(fields[1].endswith(f":{port:04X}") and fields[3] == "0A" for fields in map(str.split, table))


def wait_until_ready(name, process, port):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"{name} ended with {process.returncode} before it was ready")
        if listens(port):
            return
        time.sleep(0.05)
    sys.exit(f"{name} was not ready within ten seconds")


def worker_of(name, process):
    """The process that relays: nginx has a master, which has one child."""
    if not name.startswith("nginx"):
        return process.pid
    for _ in range(200):  # the master listens before it has one
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(file.read_text().rsplit(")", 1)[1].split()[1]) == process.pid:
                    return int(file.parent.name)
        time.sleep(0.05)
    sys.exit("nginx has no worker")


@contextlib.contextmanager
def running(name, command, port):
    process = subprocess.Popen([str(word) for word in command], preexec_fn=lambda: pin(last=True))
    try:
        wait_until_ready(name, process, port)
        yield worker_of(name, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def measure(arguments, name, scenario, options=""):
    """One load through one proxy, which is started for it; returns what websocket-load printed."""
    with tempfile.TemporaryDirectory(prefix="closewatch-bench-") as directory:
        port, upstream = free_ports(2)
        command = PEERS[name](arguments, Path(directory), port, upstream)
        with running(name, command, port) as worker:
            load = [arguments.build / "tests/bench/websocket-load", scenario, "--proxy", port, "--serve", upstream,
                    "--process", worker, *options.split()]
            done = subprocess.run([str(word) for word in load], stdout=subprocess.PIPE, timeout=120,
                                  preexec_fn=lambda: pin(last=False), check=False)
            if done.returncode != 0:
                log = Path(directory) / "error.log"
                sys.exit(f"{name} failed {scenario} {options}\n{log.read_text() if log.exists() else ''}".rstrip())
            return json.loads(done.stdout)


def takes_part(name, scenario):
    # A pipe each way is another four descriptors a connection.
    return not (scenario == "idle" and name in ("splice relay", AGAIN))


def repeat(arguments, scenario, peers):
    """Results by peer, one for each repetition; every other repetition goes the other way round."""
    results = {name: [] for name in peers if takes_part(name, scenario)}
    for repetition in range(arguments.repetitions):
        for name in list(results) if repetition % 2 == 0 else reversed(list(results)):
            result = measure(arguments, name, scenario)
            results[name].append(result)
            print(f"{scenario} {repetition + 1}: {name} {json.dumps(result)}", file=sys.stderr, flush=True)
    return results


def ratio_cell(results, baseline):
    ratios = [one["cpu_seconds"] / base["cpu_seconds"] for one, base in zip(results, baseline)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def memory_cell(results):
    def of_each(moment):
        return statistics.median((one[moment] - one["resident_before"]) / one["connections"] for one in results)

    return f"{of_each('resident_open'):,.0f} / {of_each('resident_used'):,.0f} B"


def row(scenario, results, peers):
    cells = [scenario]
    for name in peers:
        if name not in results:
            cells.append("")
        elif scenario == "idle":
            cells.append(memory_cell(results[name]))
        elif name == BASELINE:
            each = [1e6 * one["cpu_seconds"] / one["messages"] for one in results[name]]
            cells.append(f"1 = {statistics.median(each):.1f} us a message")
        else:
            cells.append(ratio_cell(results[name], results[BASELINE]))
    return [*cells, AIMS[scenario]]


def print_table(rows, markdown):
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    for number, line in enumerate(rows):
        padded = [cell.ljust(width) for cell, width in zip(line, widths)]
        print("| " + " | ".join(padded) + " |" if markdown else "  ".join(padded).rstrip())
        if markdown and number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    many = raise_descriptor_limit()
    peers = present(arguments)
    if arguments.check:
        for name in peers:
            for scenario, options in SMALL:
                measure(arguments, name, scenario, options)
        sys.exit(0 if peers else "nothing was checked")
    if not many and "idle" in arguments.scenarios:
        sys.exit(f"idle needs {DESCRIPTORS} open files: raise ulimit -n, or choose other --scenarios")
    rows = [["scenario", *peers, "aim"]]
    for scenario in arguments.scenarios:
        rows.append(row(scenario, repeat(arguments, scenario, peers), peers))
    print_table(rows, arguments.markdown)


if __name__ == "__main__":
    main()
