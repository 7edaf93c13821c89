"""The server of ws_server.mjs, made with Python `aiohttp`.

Usage: aiohttp_server.py HOST PORT
"""

import asyncio
import json
import socket
import struct
import sys

from aiohttp import WSMsgType, web

PAGE = '<!doctype html><link rel="icon" href="data:,"><title>closewatch</title>'


def report(message):
    print(json.dumps(message), flush=True)


def reset(transport):
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def act(connection, transport, action, code, path):
    if action == "close":
        await connection.close(code=code)
    elif action == "terminate":
        transport.abort()
    elif action == "reset":
        reset(transport)
    elif action == "kill":
        report({"kill": path})


async def converse(request):
    if "Upgrade" not in request.headers:
        return web.Response(text=PAGE, content_type="text/html")
    connection = web.WebSocketResponse(max_msg_size=1000)
    await connection.prepare(request)
    try:
        async for message in connection:
            if message.type != WSMsgType.TEXT:
                continue
            if message.data == "hello":
                await connection.send_str("hello")
            elif message.data == "go" and request.query["by"] == "server":
                code = int(request.query.get("code", 0))
                await act(connection, request.transport, request.query["do"], code, request.path)
    finally:
        report({"closed": request.path, "code": connection.close_code})
    return connection


async def main():
    host, port = sys.argv[1], int(sys.argv[2])
    application = web.Application()
    application.router.add_get("/{tail:.*}", converse)
    runner = web.AppRunner(application, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    report({"listening": runner.addresses[0][1]})
    await asyncio.Future()


asyncio.run(main())
