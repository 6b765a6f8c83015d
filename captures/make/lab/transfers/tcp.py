"""One end of a transfer, run inside a namespace: what a migration looks like to a network, without the machine that moves.

    python transfer.py listen PORT COUNT           accepts COUNT connections and reads each to its end
    python transfer.py send FROM TO PORT BYTES BYTES_A_SECOND
                                                   sends so much, paced by the kernel, as a migration with a bandwidth limit

A real TCP of the running kernel does the rest: handshake, window, retransmission after a link is lost.
"""

from __future__ import annotations

import socket
import sys
import threading

_PACING = 47
"""SO_MAX_PACING_RATE, asm-generic/socket.h."""
_BLOCK = 1 << 16
_PATIENCE_S = 240


def listen(port: int, count: int) -> None:
    with socket.create_server(("", port), backlog=count) as server:
        server.settimeout(_PATIENCE_S)
        print("ready", flush=True)
        readers = []
        for _ in range(count):
            readers.append(threading.Thread(target=_drain, args=(server.accept()[0],)))
            readers[-1].start()
        for reader in readers:
            reader.join()


def _drain(connection: socket.socket) -> None:
    with connection:
        connection.settimeout(_PATIENCE_S)
        while connection.recv(_BLOCK):
            pass


def send(own: str, to: str, port: int, size: int, rate: int) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, _PACING, rate)
        connection.settimeout(_PATIENCE_S)
        connection.bind((own, 0))
        connection.connect((to, port))
        left = size
        while left:
            left -= connection.send(b"\x5a" * min(_BLOCK, left))
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen(*map(int, sys.argv[2:]))
    else:
        send(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
