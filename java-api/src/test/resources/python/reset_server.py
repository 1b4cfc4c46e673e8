"""Sends its last words, waits for a byte, and resets the connection."""

import socket
import struct

with socket.create_server(("127.0.0.1", 0)) as server:
    print("port", server.getsockname()[1])
    client, _ = server.accept()
    client.sendall(b"last words")
    client.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    print("reset")
