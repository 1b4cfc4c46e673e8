"""Echoes with asyncio, one message a client; prints the port it listens on."""

import asyncio


async def handle_echo(reader, writer):
    data = await reader.read(100)
    print(f"Received {data.decode()!r}", flush=True)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
