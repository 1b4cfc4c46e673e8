"""Sends one message with asyncio over TLS and shows the answer: HOST PORT CAFILE MESSAGE."""

import asyncio
import ssl
import sys


async def tls_echo_client(host, port, cafile, message):
    context = ssl.create_default_context(cafile=cafile)
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    print(writer.get_extra_info("cipher")[1])
    writer.write(message.encode())
    await writer.drain()
    data = await reader.read(100)
    print(f"Received: {data.decode()!r}")
    writer.close()
    await writer.wait_closed()


asyncio.run(tls_echo_client(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]))
