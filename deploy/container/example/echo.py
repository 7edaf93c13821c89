#!/usr/bin/python3
"""A WebSocket service that sends back what it gets, and closes with 1001 when it is stopped."""

import argparse
import asyncio
import signal

import websockets


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def serve(address, port):
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with websockets.serve(echo, address, port):
        await stopped.wait()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--address", default="127.0.0.1")
parser.add_argument("--port", type=int, default=9000)
asyncio.run(serve(**vars(parser.parse_args())))
