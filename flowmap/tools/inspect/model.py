"""What `flowmap inspect` tells of one capture."""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Any

from flowmap.dataclass import dataclass
from flowmap.document.base import encodable
from flowmap.notice import Notice

__all__ = ["CaptureInspection", "InterfaceInspection", "inspection_values"]


@dataclass(frozen=True)
class InterfaceInspection:
    """One interface of a capture; times are UTC nanoseconds, `speed_bps` bits per second, unknown is None.

    `member` is the member that `analyze` would make of it, None where it would be left out; `classes` counts packets by
    what they are (names of PacketClass in lower case) and adds up to `packets`.
    """

    section: int
    interface: int
    link_type: int
    link_name: str
    packets: int
    name: str | None = None
    description: str | None = None
    mac: str | None = None
    snaplen: int | None = None
    speed_bps: int | None = None
    wire_bytes: int = 0
    captured_bytes: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    drops: int | None = None
    member: str | None = None
    classes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CaptureInspection:
    """One input. `error` is set where it could not be read at all; then the rest is empty."""

    path: str
    format: str | None = None
    byte_order: str | None = None
    """`little`, `big`, or `mixed` where sections differ."""
    size: int | None = None
    packets: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    truncated: bool = False
    damaged: bool = False
    interfaces: tuple[InterfaceInspection, ...] = ()
    members: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    error: str | None = None

    @property
    def incomplete(self) -> bool:
        """Whether something of it could not be read or used."""
        return self.error is not None or self.damaged or any(notice.severity == "error" for notice in self.notices)


def inspection_values(captures: list[CaptureInspection]) -> dict[str, Any]:
    """Return the inspections as one plain JSON value; unknown is null."""
    return {"schema": "flowmap.inspect/1", "captures": _plain([asdict(capture) for capture in captures])}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(encodable(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return encodable(value)
