"""The client of churn_client.mjs, made with Python `websockets`."""

import asyncio
import json
import logging
import os
import random
import sys

import websockets

LANES = 4
SIZES = [0, 1, 125, 126, 4000, 65535, 65536, 300000]
PATIENCE = 20

url, name = sys.argv[1:]
told = {"stopped": True, "opened": [], "refused": 0, "messages": 0, "bytes": 0, "failures": []}
stopping = asyncio.Event()


async def end(connection):
    await random.choice([
        lambda: connection.close(1000),
        lambda: connection.close(4001),
        lambda: connection.send("close"),
        lambda: connection.send("terminate"),
    ])()


async def talk(connection, path):
    for _ in range(random.randrange(1, 8)):
        data = os.urandom(random.choice(SIZES))
        await connection.send(data)
        answer = await connection.recv()
        if answer != data:
            told["failures"].append(f"{path}: {len(answer)} bytes came back that differ from the {len(data)} sent")
            return
        told["messages"] += 1
        told["bytes"] += len(data)
    await end(connection)
    await connection.wait_closed()


async def converse(path):
    try:
        connection = await websockets.connect(url + path, compression=None, close_timeout=5, max_size=None)
    except (OSError, websockets.WebSocketException):
        told["refused"] += 1
        return
    told["opened"].append(path)
    try:
        await asyncio.wait_for(talk(connection, path), PATIENCE)
    except asyncio.TimeoutError:
        told["failures"].append(f"{path}: an answer did not come")
    except websockets.ConnectionClosed:
        pass
    await connection.close()


async def lane(number):
    count = 0
    while not stopping.is_set():
        await converse(f"/{name}/{number}/{count}")
        count += 1


async def main():
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    running = [asyncio.create_task(lane(number)) for number in range(LANES)]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    stopping.set()
    await asyncio.gather(*running)
    print(json.dumps(told), flush=True)


asyncio.run(main())
