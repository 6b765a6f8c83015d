"""Captures at web addresses and in object stores: s3, sftp, http and whatever else fsspec knows.

In: a URL. Out: a `Source` that reads ranges of it in bounded memory, or, where a server gives no ranges, a bounded copy. User
names, passwords and queries of a URL may be secrets: what is said, reported and remembered has the URL without them. The
libraries behind fsspec raise what they like: each of their errors becomes an UnreadableCapture here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from flowmap.capture.source.files import Ending, FileSource, spool
from flowmap.errors import CaptureError, ConfigError, MissingCapture, UnreadableCapture
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice

__all__ = [
    "Remote",
    "UrlSource",
    "expand_url",
    "is_url",
    "list_url",
    "open_url",
    "require_fsspec",
    "shown",
    "url_name",
]

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+://")
_SECRET = re.compile(r"(?<=://)[^/@\s]*@|[?#][^\s'\")\]]*")
_LONGEST = 300
_RANGE = 1 << 20
_CHANGED = ("mtime", "LastModified", "last_modified", "updated", "Last-Modified")
"""Under what names file systems tell when a file changed."""


def is_url(path: str) -> bool:
    r"""Return whether a path is a URL, which no drive letter makes it.

    >>> is_url("s3://bucket/nic1.pcap"), is_url(r"C:\nic1.pcap"), is_url("nic1.pcap"), is_url("NIC1=http://host/1.pcap")
    (True, False, False, False)
    """
    return _URL.match(path) is not None


def shown(path: str) -> str:
    """Return a path as it may be seen: a URL without user, password, query and fragment.

    >>> shown("sftp://me:secret@host/a/nic1.pcap"), shown("https://host/nic1.pcap?sig=secret"), shown("a@b?.pcap")
    ('sftp://host/a/nic1.pcap', 'https://host/nic1.pcap', 'a@b?.pcap')
    """
    return _SECRET.sub("", path) if is_url(path) else path


def url_name(url: str) -> str:
    """Return the name of a URL's file.

    >>> url_name("https://host/a/nic%201.pcap?sig=secret")
    'nic 1.pcap'
    """
    return unquote(shown(url).rstrip("/").rpartition("/")[2])


class Remote:
    """What a URL leads to: `size` in bytes, None where the server does not tell. Raises UnreadableCapture, ConfigError."""

    def __init__(self, url: str) -> None:
        self.url = url
        with _errors(url):
            self._system, self._path = _file_system(url)
            self._info: dict[str, Any] = self._system.info(self._path)
        self.size: int | None = self._info.get("size")

    @property
    def is_folder(self) -> bool:
        """Whether it holds others; web servers do not tell, so there a slash at the end says it."""
        return self._info.get("type") == "directory" or shown(self.url).endswith("/")

    @property
    def mark(self) -> str:
        """What tells one content from another without reading it: time of change, ETag, version, whatever there is."""
        names = ("ETag", "etag", *_CHANGED, "created", "version", "md5", "checksum")
        return repr([(name, self._info[name]) for name in names if name in self._info])

    @property
    def changed_ns(self) -> int:
        """When it changed, nanoseconds since 1970; 0 where the server does not tell."""
        value = next((self._info[name] for name in _CHANGED if self._info.get(name) is not None), 0)
        if isinstance(value, str):
            with suppress(ValueError):
                value = parsedate_to_datetime(value)
        seconds = value.timestamp() if hasattr(value, "timestamp") else value
        return int(seconds * 1e9) if isinstance(seconds, int | float) else 0

    def open(self, **how: Any) -> Any:
        """Return the file."""
        with _errors(self.url):
            return self._system.open(self._path, "rb", **how)

    def head(self, count: int) -> bytes:
        """Return the first bytes."""
        with _errors(self.url), self.open(block_size=count) as file:
            return bytes(file.read(count))

    def ends(self, count: int) -> tuple[bytes, bytes]:
        """Return the first and the last bytes; no last ones where ranges cannot be had."""
        if not self.has_ranges():
            return self.head(count), b""
        with _errors(self.url), self.open(block_size=count) as file:
            head = bytes(file.read(count))
            file.seek(max(0, int(self.size or 0) - count))
            return head, bytes(file.read(count))

    def has_ranges(self) -> bool:
        """Return whether parts can be had: a web server may say nothing of it and always give the whole."""
        if not self.size:
            return False
        with _errors(self.url), self.open(block_size=1) as file:
            if not file.seekable():
                return False
            try:
                file.seek(self.size - 1)
                return len(file.read(1)) == 1
            except ValueError:
                return False


def open_url(url: str, spool_limit: int) -> FileSource | UrlSource:
    """Open a capture at a URL. Raises UnreadableCapture, ConfigError."""
    found = Remote(url)
    if found.size is not None and found.has_ranges():
        return UrlSource(url, found.open(), found.size)
    whole = {"block_size": 0} if url.startswith(("http://", "https://")) else {}
    file = found.open(**whole)

    def read(count: int) -> bytes:
        with _errors(url, OSError):
            return bytes(file.read(count))

    try:
        return spool(shown(url), read, spool_limit)
    finally:
        with _errors(url):
            file.close()


class UrlSource:
    """A remote file, read in ranges to the size that it had at opening."""

    def __init__(self, url: str, file: Any, size: int) -> None:
        self.path = shown(url)
        self.notices: list[Notice] = []
        self.wrapping: tuple[str, ...] = ()
        self.ending: Ending | None = None
        self._url, self._file, self._position = url, file, 0
        self.stored_size = self._end = size
        self.size: int | None = size

    def readinto(self, view: memoryview) -> int:
        room = min(len(view), self._end - self._position, _RANGE)
        if room <= 0:
            return 0
        with _errors(self._url, OSError):
            piece = self._file.read(room)
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def skip(self, count: int) -> int:
        passed = max(min(count, self._end - self._position), 0)
        self._seek(self._position + passed)
        return passed

    def tell(self) -> int:
        return self._position

    def stored(self) -> int:
        return self._position

    def rewind(self) -> None:
        self._seek(0)

    def _seek(self, position: int) -> None:
        with _errors(self._url, OSError):
            self._file.seek(position)
        self._position = position

    def end_at(self, stored_size: int) -> None:
        self.size = self.stored_size = self._end = min(self._end, stored_size)

    def close(self) -> None:
        with _errors(self._url, OSError):
            self._file.close()


def expand_url(url: str) -> Iterator[tuple[str, bool]]:
    """Yield (URL, whether it was found in a folder) of all files that a URL stands for: itself, a folder's, a pattern's."""
    if "*" in shown(url):
        with _errors(url):
            system, path = _file_system(url)
            found = sorted(system.glob(path))
        yield from ((_child(url, path, one), False) for one in found)
    elif (found_one := Remote(url)).is_folder:
        yield from ((one, True) for one, is_folder in list_url(url) if not is_folder)
    else:
        yield found_one.url, False


def list_url(url: str) -> list[tuple[str, bool]]:
    """Return (URL, whether it is a folder) of what is right in a folder, sorted. Links to folders are neither."""
    with _errors(url):
        system, path = _file_system(url)
        system.invalidate_cache()
        entries = system.ls(path, detail=True)
    names = {
        one["name"].rstrip("/"): one["type"] == "directory"
        for one in entries
        if not (one.get("islink") and one["type"] == "directory")
    }
    names.pop(path.rstrip("/"), None)  # object stores list the folder's own mark
    if is_url(path):
        return _links(path, names)
    return [(_child(url, path, name), names[name]) for name in sorted(names)]


def _links(page: str, names: Mapping[str, bool]) -> list[tuple[str, bool]]:
    """Return what of a web page's links is right in its folder, with the page's query: it may be what opens them."""
    where, mark, query = page.partition("?")
    found = []
    for link, is_folder in names.items():
        name = link.removeprefix(page.rstrip("/") + "/").removeprefix(where.rstrip("/") + "/").removeprefix("./")
        if name and name != ".." and not set("/?#") & set(name):
            found.append((f"{where.rstrip('/')}/{name}{'/' if is_folder else ''}{mark}{query}", is_folder))
    return sorted(found)


def _child(url: str, path: str, found: str) -> str:
    """Return the URL of `found`, a path of the file system where `path` is that of `url`, with server and user."""
    if is_url(found):
        return found
    bare = url.rstrip("/")
    return f"{bare.removesuffix(path.rstrip('/'))}{found}" if bare.endswith(path.rstrip("/")) else found


def require_fsspec(url: str) -> Any:
    """Load and return fsspec. Raises ConfigError where the extra is missing."""
    try:
        import fsspec
    except ImportError as error:
        raise ConfigError(
            msg("{what} needs the extra cluster: in a clone of flowmap, pip install '.[cluster]'", what=shown(url))
        ) from error
    return fsspec


def _file_system(url: str) -> tuple[Any, str]:
    system, path = require_fsspec(url).core.url_to_fs(url)
    return system, str(path)


@contextmanager
def _errors(url: str, kind: type[OSError] | None = None) -> Iterator[None]:
    """Turn whatever goes wrong into an UnreadableCapture; an error of `kind` where the caller makes that of it.

    Inside is only what fsspec does: a bug of ours must not look like a server that does not answer.
    """
    try:
        yield
    except (CaptureError, ConfigError):
        raise
    except ImportError as error:
        raise ConfigError(msg("{url}: {reason}", url=shown(url), reason=_scrubbed(error, url))) from None
    except Exception as error:  # what it holds may be secret: it is not passed on
        if kind is not None:
            raise kind(_scrubbed(error, url)) from None
        hint = msg("Check the address, and that this machine may read it")
        if isinstance(
            error.__cause__, Exception
        ):  # "not found" is said of a server that refuses or cannot be reached, too
            error = error.__cause__
        if isinstance(error, FileNotFoundError) or getattr(error, "status", None) == 404:
            raise MissingCapture(shown(url), msg("no such file"), hint=hint) from None
        raise UnreadableCapture(shown(url), _reason(error, url), hint=hint) from None


def _reason(error: Exception, url: str) -> Message:
    status = getattr(error, "status", None)
    if isinstance(error, PermissionError) or status in (401, 403):
        return msg("no permission to read")
    said = f"HTTP {status}" if isinstance(status, int) else _scrubbed(error, url)
    return msg("cannot be read: {reason}", reason=glue(said))


def _scrubbed(error: Exception, url: str) -> str:
    """Return what an exception says, without what may be secret."""
    said = " ".join(str(error).replace(url, shown(url)).split())
    for secret in _SECRET.findall(url):
        said = said.replace(secret.strip("?#@"), "...") if secret.strip("?#@") else said
    return _SECRET.sub("", said)[:_LONGEST] or type(error).__name__
