"""Answers a number of pings, then stays silent until the server disconnects: PORT PINGS."""

import asyncio
import sys


async def main(port, pings):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = 0
    try:
        while line := await reader.readline():
            assert line == b"PING\r\n", line
            received += 1
            if received <= pings:
                writer.write(b"PONG\r\n")
    except ConnectionResetError:
        pass
    print(received, "pings", flush=True)


asyncio.run(main(*map(int, sys.argv[1:])))
