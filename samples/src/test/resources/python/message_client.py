"""Sends each argument in a frame, all at once, and prints the answers: PORT MESSAGE..."""

import asyncio
import struct
import sys


async def main(port, *messages):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    for message in messages:
        body = message.encode()
        writer.write(struct.pack(">I", len(body)) + body)
    writer.write_eof()
    answers = await reader.read()
    while answers:
        (length,) = struct.unpack_from(">I", answers)
        print(answers[4 : 4 + length].decode(), flush=True)
        answers = answers[4 + length :]
    writer.close()


asyncio.run(main(*sys.argv[1:]))
