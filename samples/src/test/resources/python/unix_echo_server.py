"""Echoes with asyncio on a Unix domain socket, one message a client; prints its path: PATH."""

import asyncio
import sys


async def handle_echo(reader, writer):
    data = await reader.read(100)
    print(f"Received {data.decode()!r}", flush=True)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main(path):
    server = await asyncio.start_unix_server(handle_echo, path)
    print(server.sockets[0].getsockname(), flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1]))
