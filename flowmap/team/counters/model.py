"""What counters say of an interface: one reading, and the difference of two.

Seen from the host: `rx` is what its port received. A switch's "in" is the host's tx.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, get_args

from flowmap.dataclass import dataclass

__all__ = ["FIELDS", "Change", "Counter", "MemberCounters", "Reading", "plain", "whole"]

Counter = Literal[
    "rx_packets",
    "tx_packets",
    "rx_bytes",
    "tx_bytes",
    "rx_drops",
    "tx_drops",
    "rx_errors",
    "tx_errors",
    "rdma_rx_bytes",
    "rdma_tx_bytes",
    "vf_rx_bytes",
    "vf_tx_bytes",
    "port_rx_bytes",
    "port_tx_bytes",
]
"""`rdma_`: of RDMA, `vf_`: of virtual functions (SR-IOV), past the host's stack; `port_`: all that was on the port."""
FIELDS: tuple[Counter, ...] = get_args(Counter)
_MOST = 1 << 64


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one interface at one time.

    `kind`: what printed it; `when`: 0 before and 1 after the capture, where that is told; `of_switch`: a switch says it
    of its port; `host`: who printed it, where the text has it.
    """

    interface: str | None
    kind: str
    source: str
    values: Mapping[Counter, int]
    label: str | None = None
    macs: frozenset[int] = frozenset()
    of_switch: bool = False
    when: int | None = None
    host: str | None = None

    @property
    def key(self) -> tuple[str, str, str, frozenset[int]]:
        """What readings of one interface by one output have in common; interfaces of two hosts may have one name."""
        return self.kind, plain(self.interface or self.label or ""), self.host or "", self.macs


@dataclass(frozen=True, slots=True)
class Change:
    """Two readings of one interface.

    `values`: by how much each counter grew; `backwards`: those that fell, and tell nothing. Without `before` there is
    one reading, and no values.
    """

    before: Reading | None
    after: Reading
    values: Mapping[Counter, int] = field(default_factory=dict)
    backwards: tuple[Counter, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberCounters:
    """What all outputs say of one member.

    `values`: grown between the readings, packets and bytes from one output, `kind`, others from those that have them.
    `total`: as `values`, where there is one reading only.
    """

    kind: str
    sources: tuple[str, ...]
    values: Mapping[Counter, int]
    backwards: tuple[Counter, ...] = ()
    total: Mapping[Counter, int] = field(default_factory=dict)

    def both(self, unit: Literal["packets", "bytes"]) -> int | None:
        """Return received and sent in sum; None where one of them is not known."""
        received, sent = (
            (self.values.get("rx_packets"), self.values.get("tx_packets"))
            if unit == "packets"
            else (self.values.get("rx_bytes"), self.values.get("tx_bytes"))
        )
        return None if received is None or sent is None else received + sent


def plain(name: str) -> str:
    """Return a name for comparing: letters and digits alone."""
    return re.sub(r"[\W_]+", "", name.casefold())


def whole(value: object) -> int | None:
    """Return the count that a value of JSON or a text is; None if it is not a count, or does not fit 64 bits."""
    if (
        isinstance(value, str)
        and len(value) <= 26
        and (digits := re.sub(r"[,\s]", "", value)).isascii()
        and digits.isdigit()
    ):
        value = int(digits)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else None
