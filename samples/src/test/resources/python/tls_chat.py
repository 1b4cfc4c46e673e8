"""Lets one of two asyncio clients of a chat over TLS speak, and shows what they hear.

HOST PORT CAFILE TEXT
"""

import asyncio
import ssl
import sys


async def main(host, port, cafile, text):
    context = ssl.create_default_context(cafile=cafile)
    ann_reader, ann = await asyncio.open_connection(host, port, ssl=context)
    print((await ann_reader.readline()).decode(), end="")
    bob_reader, bob = await asyncio.open_connection(host, port, ssl=context)
    print((await bob_reader.readline()).decode(), end="")
    ann.write(text.encode() + b"\n")
    print((await bob_reader.readline()).decode(), end="")
    for writer in ann, bob:
        writer.close()
        await writer.wait_closed()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]))
