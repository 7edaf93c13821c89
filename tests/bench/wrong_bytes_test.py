#!/usr/bin/python3
"""websocket-load has to notice a proxy that does not relay what it was sent.

Usage: wrong_bytes_test.py path/to/websocket-load
"""

import contextlib
import socket
import subprocess
import sys
import threading
import unittest

HEAD_END = b"\r\n\r\n"


class WrongRelay:
    """Relays to the port `upstream`; `wrong(offset, piece)` may change what follows the opening
    handshake in one direction, and answers None for the end of the stream."""

    def __init__(self, upstream, to_client, wrong):
        self.upstream, self.to_client, self.wrong = upstream, to_client, wrong
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.threads.append(threading.Thread(target=self.serve, args=self.listener.accept()[:1]))
                self.threads[-1].start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                other = threading.Thread(target=self.relay, args=(client, server, not self.to_client))
                other.start()
                self.relay(server, client, self.to_client)
                other.join()

    def relay(self, source, sink, touched):
        head, offset = b"", 0
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                before = b""
                if HEAD_END not in head:
                    head += piece
                    end = head.find(HEAD_END)
                    split = len(piece) if end < 0 else len(piece) - (len(head) - end - len(HEAD_END))
                    before, piece = piece[:split], piece[split:]
                if touched and piece:
                    offset, piece = offset + len(piece), self.wrong(offset, piece)
                if piece is None:
                    break
                sink.sendall(before + piece)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        """When the load is over, and with it all connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()


def at(position, change):
    """A relay's mistake in the piece that holds the byte at `position`."""

    def wrong(offset, piece):
        index = position - offset
        return change(piece, index) if 0 <= index < len(piece) else piece

    return wrong


CHANGES = {
    "one bit": lambda piece, index: piece[:index] + bytes([piece[index] ^ 1]) + piece[index + 1 :],
    "a byte lost": lambda piece, index: piece[:index] + piece[index + 1 :],
    "a byte twice": lambda piece, index: piece[:index] + piece[index : index + 1] + piece[index:],
    "a word lost": lambda piece, index: piece[:index] + piece[index + 8 :],
    "end too early": lambda piece, index: None,
}


class WrongBytesTest(unittest.TestCase):
    program = None

    def load(self, scenario, to_client, wrong, patience_ms=300):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with contextlib.closing(WrongRelay(port, to_client, wrong)) as relay:
            counts = ["--connections", "2", "--messages", "3", "--patience-ms", str(patience_ms)]
            command = [self.program, scenario, "--proxy", str(relay.port), "--serve", str(port), *counts]
            return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def test_right_bytes(self):
        for scenario in ("ping_pong", "one_way_64k", "connect_message_close"):
            done = self.load(scenario, True, lambda _, piece: piece, patience_ms=10_000)
            self.assertEqual((done.returncode, done.stderr), (0, ""), scenario)

    def test_wrong_bytes(self):
        # In the first header, the first payload, the second header and, of the server, the Close.
        for to_client, positions in ((True, (0, 1, 30, 66, 198)), (False, (0, 5, 30, 72))):
            for position in positions:
                for name, change in CHANGES.items():
                    with self.subTest(change=name, position=position, to_client=to_client):
                        done = self.load("ping_pong", to_client, at(position, change))
                        self.assertEqual(done.returncode, 1, done.stderr)
                        self.assertRegex(done.stderr, "wrong byte at|end of the stream at|nothing came|cannot")

    def test_wrong_byte_of_a_large_message(self):
        done = self.load("one_way_64k", True, at(65000, CHANGES["one bit"]))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "the client of connection [0-9] got a wrong byte at 65000 of ")

    def test_silence(self):
        done = self.load("ping_pong", True, lambda _, piece: b"")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing came any more: of 2 connections 2 were opened, 0 got their messages", done.stderr)


if __name__ == "__main__":
    WrongBytesTest.program = sys.argv.pop(1)
    unittest.main()
