"""Sends random bytes, ends its half, and compares what comes back. Arguments: path, how many."""

import asyncio
import random
import sys


async def main(path, size):
    reader, writer = await asyncio.open_unix_connection(path)
    print("connected to", writer.get_extra_info("peername"))
    data = random.randbytes(size)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read(-1)
    print(f"received {len(answer)} bytes, the same: {answer == data}, at eof: {reader.at_eof()}")
    writer.close()
    await writer.wait_closed()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
