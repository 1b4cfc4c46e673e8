"""An echo server with asyncio's streams: asyncio_echo.py echo|lines"""

import asyncio
import os
import sys


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the client has gone
    writer.close()


async def lines(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except ConnectionError:
        pass  # the client has gone
    writer.close()


async def main(handler):
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(f"Serving asyncio on port {port}, process {os.getpid()}", flush=True)
    await server.serve_forever()


asyncio.run(main({"echo": echo, "lines": lines}[sys.argv[1]]))
