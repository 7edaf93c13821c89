"""The client of ws_client.mjs, made with Python `aiohttp`."""

import asyncio
import json
import socket
import ssl
import struct
import sys
from urllib.parse import parse_qs, urlsplit

import aiohttp


def report(message):
    print(json.dumps(message), flush=True)


def transport_of(connection):
    return connection._response.connection.transport


def reset(connection):
    raw = transport_of(connection).get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport_of(connection).abort()


async def act(connection, action, code, path):
    if action == "close":
        await connection.close(code=code)
    elif action == "terminate":
        transport_of(connection).abort()
    elif action == "reset":
        reset(connection)
    elif action == "kill":
        report({"kill": path})
    elif action == "send_too_big":
        await connection.send_bytes(bytes(1200))


async def converse(session, url):
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    context = ssl.create_default_context() if parts.scheme == "wss" else None
    connection = await session.ws_connect(url, ssl=context)
    await connection.send_str("hello")
    async for message in connection:
        if message.type != aiohttp.WSMsgType.TEXT:
            continue
        if query["by"] == "client":
            await act(connection, query["do"], int(query.get("code", 0)), parts.path)
        else:
            await connection.send_str("go")
    report({"closed": parts.path, "code": connection.close_code})


async def main():
    loop = asyncio.get_running_loop()
    conversations = set()
    async with aiohttp.ClientSession() as session:
        report({"ready": "aiohttp"})
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            conversations.add(asyncio.create_task(converse(session, json.loads(line)["url"])))


asyncio.run(main())
