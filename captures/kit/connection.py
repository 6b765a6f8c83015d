"""A TCP connection as its packets in time: handshake, bursts of guest memory, delayed acknowledgments, close."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kit.hosts import Host

__all__ = ["Connection", "Place", "Segment", "every"]

Place = str | tuple[str, ...] | Callable[[int, int], str | tuple[str, ...] | None]
"""Which member carries a direction: its name, several (copies), or a function of (nanoseconds since the scenario's
second 0, number of the packet in its direction) that may also answer None: not captured."""


def every(start_s: float, stop_s: float, step_s: float) -> list[int]:
    """Times from start (included) to stop (left out), in nanoseconds."""
    start, stop, step = (round(t * 1e9) for t in (start_s, stop_s, step_s))
    return list(range(start, stop, step))


@dataclass(frozen=True)
class Segment:
    """One segment as the captured host's side sees it; `at_ns` counts from the scenario's second 0."""

    at_ns: int
    from_client: bool
    flags: str
    seq: int
    ack: int
    payload: bytes = b""


@dataclass
class Connection:
    """`client` connects and sends the data. `bursts`: when one begins; each has `burst` segments of `segment` bytes.

    `outgoing`: whether the captured host is the client. `first` is the payload of a first segment of its own. With
    `syn` or `close` False the capture begins or ends in mid-stream.
    """

    client: Host
    server: Host
    sport: int
    dport: int
    outgoing: bool
    bursts: Sequence[int]
    tx: Place
    rx: Place
    burst: int = 2
    segment: int = 1448
    ack_every: int = 2
    ack_after_ns: int | None = None
    first: bytes = b""
    vlan: int = 0
    isn: int = 0x1F3A0000
    syn: bool = True
    close: bool = True
    offload: bool = False
    carried: dict[tuple[bool, str], list[int]] = field(default_factory=dict)
    """by (sent by the client, member): packets, wire bytes, payload bytes of what the captures hold"""

    def flow(self, from_client: bool) -> str:
        """The name of a direction in the manifest."""
        there, back = f"{self.client.ip}:{self.sport}", f"{self.server.ip}:{self.dport}"
        return f"{there}>{back}" if from_client else f"{back}>{there}"

    def segments(self, jitter: Callable[[int], int], filler: Callable[[int, int], bytes]) -> Iterator[Segment]:
        """All segments; `jitter(limit)` draws nanoseconds, `filler(length, turn)` makes payload."""
        seq, back = self.isn + 1, (self.isn * 3 + 0x5000_0001) & 0xFFFFFFFF
        react = self.ack_after_ns or (200_000 if self.outgoing else 18_000)
        if self.syn:
            yield from self._open(self.bursts[0] - 1_000_000, back)
        sent = 0
        for number, begin in enumerate(self.bursts):
            lead = [self.first] if number == 0 and self.first else []
            payloads = [*lead, *(filler(self.segment, sent + i) for i in range(self.burst))]
            at = begin
            for i, payload in enumerate(payloads, 1):
                at = max(at, begin + (i - 1) * 12_300) + jitter(1500)
                yield Segment(at, True, "PA" if i == len(payloads) else "A", seq, back, payload)
                seq += len(payload)
                if i % self.ack_every == 0 or i == len(payloads):
                    yield Segment(at + react + jitter(4000), False, "A", back, seq)
            sent += self.burst
        if self.close:
            yield from self._close(self.bursts[-1] + 2_000_000, seq, back)

    def _answer(self, at: int) -> int:
        return at + (200_000 if self.outgoing else 9_000)

    def _open(self, at: int, back: int) -> Iterator[Segment]:
        yield Segment(at, True, "S", self.isn, 0)
        yield Segment(self._answer(at), False, "SA", back - 1, self.isn + 1)
        yield Segment(at + 209_000, True, "A", self.isn + 1, back)

    def _close(self, at: int, seq: int, back: int) -> Iterator[Segment]:
        yield Segment(at, True, "FA", seq, back)
        yield Segment(self._answer(at), False, "FA", back, seq + 1)
        yield Segment(at + 209_000, True, "A", seq + 1, back + 1)
