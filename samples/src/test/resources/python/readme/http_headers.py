import asyncio
import sys

async def print_http_headers(host):
    reader, writer = await asyncio.open_connection(host, 443, ssl=True)

    writer.write(f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode("latin-1"))
    async for line in reader:
        print("HTTP header>", line.decode("latin-1").rstrip())

    writer.close()
    await writer.wait_closed()

asyncio.run(print_http_headers(sys.argv[1]))
