"""Sends bytes over TLS behind a line with their number and who closes first, and reads them back.

Arguments: port, authority of the server's certificate, number of bytes, client or server as the one who closes
first, own certificate chain and key or - and -, and starttls to begin in the clear.
"""

import asyncio
import os
import ssl
import sys


async def main(port, authority, size, closer, chain, key, start="tls"):
    tls = ssl.create_default_context(cafile=authority)
    if chain != "-":
        tls.load_cert_chain(chain, key)
    if start == "starttls":
        reader, writer = await asyncio.open_connection("localhost", int(port))
        writer.write(b"STARTTLS\n")
        assert await reader.readline() == b"go on\n"
        await writer.start_tls(tls, server_hostname="localhost")
    else:
        reader, writer = await asyncio.open_connection("localhost", int(port), ssl=tls)
    data = os.urandom(int(size))
    writer.write(f"{size} {closer}\n".encode() + data)
    await writer.drain()
    same = await reader.readexactly(int(size)) == data
    rest = await reader.read(-1) if closer == "server" else b""
    version = writer.get_extra_info("ssl_object").version()
    writer.close()
    await writer.wait_closed()
    print(f"{version}, the same: {same}, rest {rest!r}, at eof: {reader.at_eof()}")


asyncio.run(main(*sys.argv[1:]))
