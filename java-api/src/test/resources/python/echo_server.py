"""Answers a message with itself, and closes: asyncio's own example of a server."""

import asyncio


async def handle_echo(reader, writer):
    data = await reader.read(100)
    peer = writer.get_extra_info("peername")
    print(f"received {data.decode()!r} from {peer[0]}")
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


asyncio.run(main())
