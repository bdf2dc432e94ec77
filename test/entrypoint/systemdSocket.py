"""Stands in for systemd: receives the datagrams of NOTIFY_SOCKET and prints each as one line of JSON. Argument: the socket's path."""

import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("ready", flush=True)
while True:
    message, ancillary, _flags, _address = receiver.recvmsg(4096, 4096)
    for _level, _kind, raw in ancillary:
        # The sender of BARRIER=1 waits until this is closed.
        for start in range(0, len(raw), 4):
            os.close(int.from_bytes(raw[start : start + 4], sys.byteorder))
    print(json.dumps(message.decode()), flush=True)
