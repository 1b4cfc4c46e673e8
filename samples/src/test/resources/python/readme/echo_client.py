import asyncio

async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", 8888)

    print("Send: 'Hello World!'")
    writer.write("Hello World!".encode())
    await writer.drain()

    data = await reader.read(100)
    print(f"Received: {data.decode()!r}")

    print("Close the connection")
    writer.close()
    await writer.wait_closed()

asyncio.run(main())
