"""Sends back what each client sends over TLS: a line with the number of bytes and who closes first, then the bytes.

Arguments: certificate chain, key, authority of clients' certificates or -, and starttls to begin in the clear.
"""

import asyncio
import ssl
import sys


def context(chain, key, authority):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(chain, key)
    if authority != "-":
        made.load_verify_locations(authority)
        made.verify_mode = ssl.CERT_REQUIRED
    return made


async def handle(reader, writer, tls):
    if tls is not None:
        assert await reader.readline() == b"STARTTLS\n"
        writer.write(b"go on\n")
        await writer.start_tls(tls)
    size, closer = (await reader.readline()).split()
    data = await reader.readexactly(int(size))
    writer.write(data)
    await writer.drain()
    rest = await reader.read(-1) if closer == b"client" else b""
    version = writer.get_extra_info("ssl_object").version()
    name = (writer.get_extra_info("peercert") or {}).get("subject", ((("", None),),))[0][0][1]
    writer.close()
    await writer.wait_closed()
    print(f"{version}, client {name}, rest {rest!r}")


async def main(chain, key, authority, start="tls"):
    tls = context(chain, key, authority)
    later = tls if start == "starttls" else None
    server = await asyncio.start_server(
        lambda reader, writer: handle(reader, writer, later),
        "127.0.0.1",
        0,
        ssl=None if later else tls,
    )
    print("port", server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
