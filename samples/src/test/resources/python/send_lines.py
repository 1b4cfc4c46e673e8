"""Sends numbered lines with asyncio, then its end, and shows the answer: HOST PORT COUNT."""

import asyncio
import sys


async def main(host, port, count):
    reader, writer = await asyncio.open_connection(host, port)
    for number in range(count):
        writer.write(b"line %d\n" % number)
        await writer.drain()
    writer.write_eof()
    answer = await reader.read()
    print(answer.decode(), end="")
    writer.close()
    await writer.wait_closed()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
