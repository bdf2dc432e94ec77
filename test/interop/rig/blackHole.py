"""blackHole.py: prints a port of 127.0.0.1 that answers no SYN, until stdin ends.

Linux drops a SYN whose listener has a full accept queue: a backlog of 0 holds one connection, nothing accepts it.
"""
import socket
import sys

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
fillers = []
for _ in range(4):
    filler = socket.socket()
    filler.setblocking(False)
    filler.connect_ex(listener.getsockname())
    fillers.append(filler)
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
