"""Sends one message with asyncio to a Unix domain socket and shows the answer: PATH MESSAGE."""

import asyncio
import sys


async def unix_echo_client(path, message):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(message.encode())
    data = await reader.read(100)
    print(f"Received: {data.decode()!r}")
    writer.close()
    await writer.wait_closed()


asyncio.run(unix_echo_client(sys.argv[1], sys.argv[2]))
