"""Holds the lock of a file, which it creates, until its input ends. Argument: path.

For each line of its input, it passes the lock on as a start of a server does: it deletes the file,
another file is created and locked, and the first lock is released.
"""

import fcntl
import os
import sys


def locked_file(path):
    file = open(path, "a")
    fcntl.lockf(file, fcntl.LOCK_EX)
    return file


held = locked_file(sys.argv[1])
print("locked")
for _ in sys.stdin:
    os.unlink(sys.argv[1])
    another = locked_file(sys.argv[1])
    held.close()
    held = another
    print("locked another")
os.unlink(sys.argv[1])
