#!/usr/bin/python3
"""A little WebSocket traffic on loopback that ends in every usual way, once or a few times each.

Both ends are written out here, byte by byte, since no library would send all of these endings. The
port is one that the system chooses. It takes about a second, and then everything is closed.
"""

import base64
import collections
import hashlib
import os
import socket
import struct
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
SECONDS = 5  # no wait is longer


class End:
    """One end of a connection: frames out, frames in."""

    def __init__(self, stream, masks):
        self.stream = stream
        self.masks = masks
        self.input = stream.makefile("rb")

    def send(self, opcode, payload=b""):
        length = len(payload)
        head = bytes([0x80 | opcode])
        mask_bit = 0x80 if self.masks else 0
        if length < 126:
            head += bytes([mask_bit | length])
        else:
            head += bytes([mask_bit | 126]) + struct.pack(">H", length)
        if self.masks:
            key = os.urandom(4)
            head += key
            payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        self.stream.sendall(head + payload)

    def close(self, code, reason=b""):
        self.send(CLOSE, b"" if code == 1005 else struct.pack(">H", code) + reason)

    def receive(self):
        """The next frame's opcode, or None at the end of the stream."""
        try:
            head = self.input.read(2)
            if len(head) < 2:
                return None
            length = head[1] & 127
            if length == 126:
                length = struct.unpack(">H", self.input.read(2))[0]
            self.input.read(length + (4 if head[1] & 0x80 else 0))
            return head[0] & 15
        except OSError:
            return None

    def fin(self):
        self.stream.shutdown(socket.SHUT_WR)

    def reset(self):
        # The descriptor is closed, and the reset sent, with the last file made from the socket.
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.input.close()
        self.stream.close()

    def read_head(self):
        lines = []
        while (line := self.input.readline().strip()):
            lines.append(line)
        return lines


def closes(code, reason=b""):
    """`first` starts the closing handshake, `second` answers."""

    def play(first, second):
        first.close(code, reason)
        if second.receive() == CLOSE:
            second.close(code)
        first.receive()

    return play


def leaves_without_answer(first, second):
    first.close(1000)
    second.receive()
    second.fin()


def fails(first, _):
    first.fin()


def resets(first, _):
    first.reset()


def dies_inside_a_frame(first, _):
    first.stream.sendall(bytes([0x80 | TEXT, 100]) + b"half of it")
    first.fin()


Ending = collections.namedtuple("Ending", "what first play times")
ENDINGS = [
    Ending("1000, client is done", "client", closes(1000), 12),
    Ending("1000, server is done", "server", closes(1000), 3),
    Ending("1001, tab closed", "client", closes(1001), 8),
    Ending("1001, server goes away", "server", closes(1001), 2),
    Ending("1005, Close without a code", "client", closes(1005), 3),
    Ending("1006, server's FIN", "server", fails, 2),
    Ending("1006, client's RST", "client", resets, 2),
    Ending("1006, server died inside a frame", "server", dies_inside_a_frame, 1),
    Ending("1008, policy", "server", closes(1008, b"token expired"), 2),
    Ending("1009, too big", "server", closes(1009), 1),
    Ending("1011, internal error", "server", closes(1011), 2),
    Ending("1012, restart", "server", closes(1012), 4),
    Ending("4000, the application's own", "server", closes(4000, b"session replaced"), 2),
    Ending("1000, never answered", "client", leaves_without_answer, 1),
]


def accept(listener, answers):
    while True:
        try:
            stream, _ = listener.accept()
        except OSError:
            return
        stream.settimeout(SECONDS)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = End(stream, masks=False)
        head = end.read_head()
        key = next(line.split()[1] for line in head if line.lower().startswith(b"sec-websocket-key"))
        if b"/forbidden" in head[0]:
            stream.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        else:
            token = base64.b64encode(hashlib.sha1(key + GUID).digest())
            stream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + token + b"\r\n\r\n")
        answers.append(end)


def connect(port, target):
    stream = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end = End(stream, masks=True)
    key = base64.b64encode(os.urandom(16))
    stream.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: demo.example\r\nUpgrade: websocket\r\n"
                   b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                   + key + b"\r\n\r\n")
    return end, end.read_head()


def converse(client, server):
    for i in range(3):
        client.send(TEXT, b'{"say": "hello", "n": %d}' % i)
        server.receive()
        server.send(TEXT, b"x" * (50 + 200 * i))
        client.receive()
    server.send(PING, b"there?")
    client.receive()
    client.send(PONG, b"there?")
    server.receive()


def play(ending, port, answers):
    client, _ = connect(port, b"/chat")
    server = answers.pop()
    converse(client, server)
    first, second = (client, server) if ending.first == "client" else (server, client)
    ending.play(first, second)
    for end in (server, client):
        end.input.close()
        end.stream.close()


class Answers:
    """The server's ends, in the order in which they were accepted."""

    def __init__(self):
        self.ends = collections.deque()
        self.arrived = threading.Semaphore(0)

    def append(self, end):
        self.ends.append(end)
        self.arrived.release()

    def pop(self):
        if not self.arrived.acquire(timeout=SECONDS):
            raise TimeoutError("the demo's server did not accept")
        return self.ends.popleft()


def main():
    answers = Answers()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=accept, args=(listener, answers), daemon=True).start()
        for ending in ENDINGS:
            for _ in range(ending.times):
                play(ending, port, answers)
        refused, _ = connect(port, b"/forbidden")
        for end in (refused, answers.pop()):
            end.input.close()
            end.stream.close()
    connections = sum(ending.times for ending in ENDINGS)
    print(f"Demo: {connections} WebSocket connections on 127.0.0.1:{port}, ended in {len(ENDINGS)} "
          "ways, and one handshake refused.")


if __name__ == "__main__":
    main()
