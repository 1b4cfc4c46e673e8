"""Sends many MiB of random bytes, and prints their SHA-256. Argument: how many."""

import asyncio
import hashlib
import random
import sys

MIB = 1024 * 1024


async def handle(reader, writer):
    digest = hashlib.sha256()
    block = random.randbytes(MIB + 7)
    for i in range(int(sys.argv[1])):
        part = block[i % 8 : MIB + i % 8]
        digest.update(part)
        writer.write(part)
        await writer.drain()
    writer.close()
    await writer.wait_closed()
    print(digest.hexdigest())


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
