"""Offers STARTTLS with asyncio, to one client; prints its port: CERTFILE KEYFILE.

Without the two files it offers nothing.
"""

import asyncio
import ssl
import sys


async def handle(reader, writer):
    async def say(line):
        writer.write(line.encode() + b"\r\n")
        await writer.drain()

    await say("220 asyncio")
    async for line in reader:
        text = line.decode().rstrip()
        print(text, flush=True)
        if text == "STARTTLS":
            await say("220 go ahead")
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            await writer.start_tls(context)
            print(writer.get_extra_info("cipher")[1], flush=True)
        elif text.startswith("EHLO") and len(sys.argv) > 1:
            await say("250-asyncio")
            await say("250 STARTTLS")
        elif text == "QUIT":
            await say("221 bye")
            break
        else:
            await say("250 ok")
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
