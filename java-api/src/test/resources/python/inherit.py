"""Gives a program a socket as its standard input, as inetd does.

Arguments: tcp, unix or connected; the path for unix; the program and its arguments.
"""

import socket
import subprocess
import sys

kind, path, *command = sys.argv[1:]
peer = None
if kind == "tcp":
    given = socket.create_server(("127.0.0.1", 0))
    print("port", given.getsockname()[1])
elif kind == "unix":
    given = socket.socket(socket.AF_UNIX)
    given.bind(path)
    given.listen()
else:
    given, peer = socket.socketpair()
with subprocess.Popen(command, stdin=given) as program:
    given.close()
    if peer:
        peer.sendall(peer.recv(100))
    sys.exit(program.wait())
