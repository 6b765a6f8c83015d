"""A web server on loopback that answers as it is told, and keeps what it was sent."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Answers with the given codes in turn, the last one for ever; None: never."""

    def __init__(self, codes: list[int | None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes, self.bodies, self.ended = codes, [], threading.Event()

    bodies: list[tuple[str, bytes]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/SECRET"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((self.headers["Content-Type"], body))
        code = self.server.codes[min(len(self.server.bodies), len(self.server.codes)) - 1]
        if code is None:
            with contextlib.suppress(OSError):
                while not self.server.ended.wait(0.02):  # a byte now and then keeps every read within its timeout
                    self.wfile.write(b"H")
            return
        self.send_response(code)
        if code in (301, 302):
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(codes: list[int | None]) -> Iterator[Server]:
    """Such a server, at work."""
    with Server(codes) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
