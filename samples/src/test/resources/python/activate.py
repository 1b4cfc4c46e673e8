"""Passes a Unix domain socket that listens on to a program, as its standard input: PATH COMMAND…"""

import socket
import subprocess
import sys

with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    program = subprocess.Popen(sys.argv[2:], stdin=listening)
program.wait()
