"""Talks to a server that offers STARTTLS, with asyncio, and shows its answers: HOST PORT CAFILE."""

import asyncio
import ssl
import sys


async def main(host, port, cafile):
    reader, writer = await asyncio.open_connection(host, port)

    async def hear():
        print((await reader.readline()).decode().rstrip())

    async def ask(line, answers=1):
        writer.write(line.encode() + b"\r\n")
        await writer.drain()
        for _ in range(answers):
            await hear()

    await hear()
    await ask("EHLO asyncio", 2)
    await ask("STARTTLS")
    context = ssl.create_default_context(cafile=cafile)
    await writer.start_tls(context, server_hostname=host)
    print(writer.get_extra_info("cipher")[1])
    await ask("NOOP")
    await ask("Hello World!")
    await ask("QUIT")
    writer.close()
    await writer.wait_closed()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
