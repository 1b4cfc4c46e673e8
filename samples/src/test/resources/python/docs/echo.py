import asyncio

async def handle_echo(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"Hello World!\n")
        await writer.drain()
        print((await reader.readline()).decode(), end="")
        writer.close()
        await writer.wait_closed()

asyncio.run(main())
