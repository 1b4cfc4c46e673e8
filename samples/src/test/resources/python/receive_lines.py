"""Counts the numbered lines of one client with asyncio and answers at their end; prints its port."""

import asyncio


async def main():
    done = asyncio.Event()

    async def handle(reader, writer):
        count = 0
        async for line in reader:
            if line != b"line %d\n" % count:
                writer.write(b"expected line %d, got %r\n" % (count, line))
                break
            count += 1
        else:
            writer.write(b"%d lines in order\n" % count)
        writer.close()
        await writer.wait_closed()
        done.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await done.wait()
    server.close()


asyncio.run(main())
