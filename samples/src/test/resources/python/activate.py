"""Passes a Unix domain socket that listens on to a program, as its standard input: PATH COMMAND…

For each line of its own input, it stops the program, and starts it again with the same socket.
"""

import socket
import subprocess
import sys

with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    program = subprocess.Popen(sys.argv[2:], stdin=listening)
    for _ in sys.stdin:
        program.terminate()
        program.wait()
        program = subprocess.Popen(sys.argv[2:], stdin=listening)
program.wait()
