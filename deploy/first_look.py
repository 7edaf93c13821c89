#!/usr/bin/python3
"""Prints what a running closewatch-capture has counted so far.

Usage: first_look.py URL
"""

import re
import sys
import time
import urllib.error
import urllib.request

SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
CLIENT = "websocket_client_observed_closes_total"
SERVER = "websocket_server_observed_closes_total"
ENDED = "websocket_connections_closed_total"
OPEN = "websocket_open_connections"
HANDSHAKES = "websocket_opening_handshakes_total"


def read(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return response.read().decode()


def wait_until_ready(url, seconds=10):
    end = time.monotonic() + seconds
    while True:
        try:
            return read(url + "/-/ready")
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                sys.exit(f"Nothing is ready at {url}.")
            time.sleep(0.05)


def sums(exposition, family, *labels):
    """The family summed by these labels, as a dict."""
    result = {}
    for line in exposition.splitlines():
        sample = SAMPLE.match(line)
        if not sample or sample[1] != family:
            continue
        found = dict(LABEL.findall(sample[2]))
        key = tuple(found.get(label, "") for label in labels)
        result[key] = result.get(key, 0) + int(float(sample[3]))
    return result


def settled_exposition(url, seconds=10):
    """The exposition when nothing is open any more, or nothing has ended for longer than the program
    waits before it decides about a reset connection."""
    before, unchanged = None, 0
    for _ in range(seconds * 2):
        text = read(url + "/metrics")
        counted = sums(text, ENDED, "initiator", "cause")
        unchanged = unchanged + 1 if counted == before else 0
        if unchanged == 4 or (counted and not any(sums(text, OPEN, "service").values())):
            break
        before = counted
        time.sleep(0.5)
    return text


def names(exposition):
    return {code: name for code, name in sums(exposition, "websocket_close_code_info", "code", "name")}


def look(exposition):
    client, server = (sums(exposition, family, "code") for family in (CLIENT, SERVER))
    name = names(exposition)
    print(f"\n{'close code':36}{'client observed':>16}{'server observed':>16}")
    for code in sorted(key for key in client.keys() | server.keys()):
        row = (client.get(code, 0), server.get(code, 0))
        if any(row):
            print(f"{(code[0] + ' ' + name.get(code[0], '')).strip():36}{row[0]:16}{row[1]:16}")
    print(f"{'all':36}{sum(client.values()):16}{sum(server.values()):16}")

    print(f"\n{'ended by':12}{'cause':24}{'connections':>12}")
    ended = sums(exposition, ENDED, "initiator", "cause")
    for (initiator, cause), count in sorted(ended.items(), key=lambda item: -item[1]):
        if count:
            print(f"{initiator:12}{cause:24}{count:12}")

    handshakes = {key[0]: n for key, n in sums(exposition, HANDSHAKES, "result").items() if n}
    print("\nopening handshakes: " + (", ".join(f"{n} {result}" for result, n in
                                               sorted(handshakes.items())) or "none yet"))


def main():
    url = sys.argv[1]
    wait_until_ready(url)
    look(settled_exposition(url))


if __name__ == "__main__":
    main()
