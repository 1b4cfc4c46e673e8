"""Sends a message and prints the answer: asyncio's own example of a client. Argument: port."""

import asyncio
import sys


async def main(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("Hello World!".encode())
    await writer.drain()
    data = await reader.read(100)
    print(f"received {data.decode()!r}")
    writer.close()
    await writer.wait_closed()


asyncio.run(main(int(sys.argv[1])))
