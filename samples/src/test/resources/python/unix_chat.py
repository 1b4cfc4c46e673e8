"""Lets one of two asyncio clients of a Unix chat speak, and shows what they hear: PATH TEXT."""

import asyncio
import sys


async def main(path, text):
    ann_reader, ann = await asyncio.open_unix_connection(path)
    print((await ann_reader.readline()).decode(), end="")
    bob_reader, bob = await asyncio.open_unix_connection(path)
    print((await bob_reader.readline()).decode(), end="")
    ann.write(text.encode() + b"\n")
    print((await bob_reader.readline()).decode(), end="")
    for writer in ann, bob:
        writer.close()
        await writer.wait_closed()


asyncio.run(main(sys.argv[1], sys.argv[2]))
