"""Answers the first line in upper case and the rest with itself. Argument: path."""

import asyncio
import sys


async def handle(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.write(await reader.read(-1))
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_unix_server(handle, sys.argv[1])
    print("listening")
    await server.serve_forever()


asyncio.run(main())
