"""Ends its half behind a question, then reads the answer to its end. Argument: port."""

import asyncio
import sys


async def main(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"question")
    writer.write_eof()
    answer = await reader.read(-1)
    print(f"answer {answer.decode()!r}, at eof: {reader.at_eof()}")
    writer.close()
    await writer.wait_closed()


asyncio.run(main(int(sys.argv[1])))
