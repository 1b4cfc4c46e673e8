"""Reads a line with a number and so many bytes; answers with their SHA-256. Serves one client.

Arguments: tcp, or unix and a path, or tls and the files of a certificate chain and its key.
"""

import asyncio
import hashlib
import ssl
import sys


async def handle(reader, writer):
    left = int(await reader.readline())
    digest = hashlib.sha256()
    while left > 0:
        data = await reader.read(min(left, 65536))
        if not data:
            break
        digest.update(data)
        left -= len(data)
    writer.write(f"{left} {digest.hexdigest()}\n".encode())
    await writer.drain()
    writer.close()


async def main(kind, *files):
    if kind == "unix":
        server = await asyncio.start_unix_server(handle, files[0])
    else:
        tls = None
        if kind == "tls":
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(*files)
        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    print("port", 0 if kind == "unix" else server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
