"""Stands for systemd's side of sd_notify(3): a line of JSON for each datagram.

Usage: notify_socket.py PATH
"""

import json
import socket
import sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(sys.argv[1])
print(json.dumps({"ready": True}), flush=True)
while state := notify.recv(4096):
    print(json.dumps({"state": state.decode().splitlines()}), flush=True)
