#!/usr/bin/python3
"""What websocket-load does not ask of copy-relay: half-closed connections and stalled readers.

Usage: copy_relay_test.py path/to/copy-relay
"""

import os
import socket
import subprocess
import sys
import threading
import time
import unittest

RESET = b"\1\0\0\0\0\0\0\0"  # struct linger: on, no seconds


class CopyRelayTest(unittest.TestCase):
    program = None
    options = ()

    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        upstream = f"127.0.0.1:{self.server.getsockname()[1]}"
        command = [self.program, "--listen", f"127.0.0.1:{self.port}", "--upstream", upstream, *self.options]
        self.relay = subprocess.Popen(command)
        self.addCleanup(self.relay.wait)
        self.addCleanup(self.relay.terminate)
        self.addCleanup(self.server.close)

    def connect(self):
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=20)
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.fail("copy-relay does not listen")

    def test_answer_to_a_half_closed_and_stalled_client(self):
        answer = os.urandom(20 << 20)
        with self.connect() as client, self.server.accept()[0] as upstream:
            client.sendall(b"request")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(b"".join(iter(lambda: upstream.recv(100), b"")), b"request")

            def send():
                upstream.sendall(answer)
                upstream.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send)
            sender.start()
            time.sleep(0.3)  # nothing more fits anywhere
            received = b"".join(iter(lambda: client.recv(1 << 20), b""))
            sender.join()
            self.assertEqual(len(received), len(answer))
            self.assertTrue(received == answer)

    def test_reset(self):
        with self.connect() as client, self.server.accept()[0] as upstream:
            upstream.settimeout(20)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            self.assertEqual(upstream.recv(1), b"")

    def test_refused_upstream(self):
        self.server.close()
        with self.connect() as client:
            self.assertEqual(client.recv(1), b"")


class SpliceRelayTest(CopyRelayTest):
    options = ("--splice",)


if __name__ == "__main__":
    CopyRelayTest.program = sys.argv.pop(1)
    unittest.main()
