"""Echoes with asyncio over TLS, one message a client; prints its port: CERTFILE KEYFILE."""

import asyncio
import ssl
import sys


async def handle_echo(reader, writer):
    data = await reader.read(100)
    print(f"Received {data.decode()!r}", flush=True)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main(certfile, keyfile):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certfile, keyfile)
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1], sys.argv[2]))
