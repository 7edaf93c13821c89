"""Listens, and becomes a command that is passed the socket, as systemd does it (sd_listen_fds(3)).

Usage: socket_activation.py ADDRESS:PORT COMMAND...
"""

import os
import socket
import sys

FIRST = 3

address, port = sys.argv[1].rsplit(":", 1)
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind((address, int(port)))
listening.listen(128)
os.dup2(listening.fileno(), FIRST)
os.set_inheritable(FIRST, True)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
