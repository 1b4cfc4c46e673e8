"""Answers each frame with its text in reverse; prints its port."""

import asyncio
import struct


async def handle(reader, writer):
    while not reader.at_eof():
        try:
            (length,) = struct.unpack(">I", await reader.readexactly(4))
        except asyncio.IncompleteReadError:
            break
        body = (await reader.readexactly(length)).decode()[::-1].encode()
        writer.write(struct.pack(">I", len(body)) + body)
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
