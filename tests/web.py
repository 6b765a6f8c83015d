"""A web server on loopback for tests: files of a folder, with ranges of bytes or without, behind a token or not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    """Notes what was asked for, and answers ranges."""

    def __init__(self, *arguments: Any, ranges: bool, token: str, asked: list[tuple[str, str]], **more: Any) -> None:
        self.ranges, self.token, self.asked = ranges, token, asked
        super().__init__(*arguments, **more)

    def log_message(self, *_: Any) -> None:
        pass

    def _refused(self) -> bool:
        if f"token={self.token}" in self.path or not self.token:
            return False
        self.send_error(403)
        return True

    def do_HEAD(self) -> None:
        if not self._refused():
            super().do_HEAD()

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.asked.append((self.path, wanted))
        if self._refused():
            return
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
        file = Path(self.translate_path(self.path))
        if not (self.ranges and match and file.is_file()):
            with suppress(BrokenPipeError):  # who has read enough of a whole file hangs up
                super().do_GET()
            return
        data, (start, stop) = file.read_bytes(), map(int, match.groups())
        piece = data[start : stop + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(piece) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        self.wfile.write(piece)

    def end_headers(self) -> None:
        if self.ranges:
            self.send_header("Accept-Ranges", "bytes")
        super().end_headers()


@contextmanager
def serving(folder: Path, *, ranges: bool = True, token: str = "") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(address without a slash at its end, what is asked for: path and range)."""
    asked: list[tuple[str, str]] = []
    handler = partial(Handler, directory=str(folder), ranges=ranges, token=token, asked=asked)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
