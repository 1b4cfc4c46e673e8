"""Sends one message with asyncio and shows the answer: HOST PORT MESSAGE."""

import asyncio
import sys


async def tcp_echo_client(host, port, message):
    reader, writer = await asyncio.open_connection(host, port)

    print(f"Send: {message!r}")
    writer.write(message.encode())
    await writer.drain()

    data = await reader.read(100)
    print(f"Received: {data.decode()!r}")

    print("Close the connection")
    writer.close()
    await writer.wait_closed()


asyncio.run(tcp_echo_client(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
