"""Binds a datagram socket, and keeps it until the input ends. Argument: path."""

import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
    bound.bind(sys.argv[1])
    print("bound")
    sys.stdin.read()
