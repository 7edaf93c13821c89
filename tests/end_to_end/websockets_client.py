"""The client of ws_client.mjs, made with Python `websockets`."""

import asyncio
import json
import logging
import socket
import struct
import sys
from urllib.parse import parse_qs, urlsplit

import websockets


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
    elif action == "send_too_big":
        await connection.send(bytes(1200))


async def converse(url):
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    connection = await websockets.connect(url)
    try:
        await connection.send("hello")
        async for _ in connection:
            if query["by"] == "client":
                await act(connection, query["do"], int(query.get("code", 0)), parts.path)
            else:
                await connection.send("go")
    except websockets.ConnectionClosed:
        pass
    await connection.wait_closed()
    report({"closed": parts.path, "code": connection.close_code})


async def main():
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    conversations = set()
    report({"ready": "websockets"})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        conversations.add(asyncio.create_task(converse(json.loads(line)["url"])))


asyncio.run(main())
