"""Answers each line with its bytes in reverse order, until the client ends."""

import asyncio


async def handle(reader, writer):
    async for line in reader:
        writer.write(line[-2::-1] + b"\n")
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
