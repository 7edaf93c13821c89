"""The server of ws_server.mjs, made with Python `websockets`.

Usage: websockets_server.py HOST PORT [CERTIFICATE KEY]
"""

import asyncio
import json
import logging
import socket
import ssl
import struct
import sys
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import websockets

PAGE = b'<!doctype html><link rel="icon" href="data:,"><title>closewatch</title>'


def report(message):
    print(json.dumps(message), flush=True)


def reset(connection):
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


async def act(connection, action, code, path):
    if action == "close":
        await connection.close(code)
    elif action == "terminate":
        connection.transport.abort()
    elif action == "reset":
        reset(connection)
    elif action == "kill":
        report({"kill": path})
    elif action == "raw_close":
        # Past the library, which refuses to send such a code. The FIN keeps the library from
        # sending a second Close: Chromium reports 1006 when anything follows the first.
        connection.transport.write(bytes([0x88, 2, code >> 8, code & 255]))
        connection.transport.write_eof()


async def converse(connection):
    url = urlsplit(connection.path)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    try:
        async for message in connection:
            if message == "hello":
                await connection.send("hello")
            elif message == "go" and query["by"] == "server":
                await act(connection, query["do"], int(query.get("code", 0)), url.path)
    except websockets.ConnectionClosed:
        pass
    await connection.wait_closed()
    report({"closed": url.path, "code": connection.close_code})


async def answer_page(_, headers):
    if "Upgrade" not in headers:
        return HTTPStatus.OK, [("Content-Type", "text/html")], PAGE
    return None


async def main():
    host, port = sys.argv[1], int(sys.argv[2])
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    tls = None
    if sys.argv[3:]:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*sys.argv[3:])
    async with websockets.serve(
        converse, host, port, max_size=1000, process_request=answer_page, ssl=tls) as server:
        report({"listening": server.sockets[0].getsockname()[1]})
        await asyncio.Future()


asyncio.run(main())
