"""What LACP says about the members: stub of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from flowmap.decode.control import ControlFrame


@dataclass(frozen=True, slots=True)
class LacpParty:
    """One side of a LACPDU. `system` is a 48-bit MAC as an integer (as HEADER.smac); `state` the eight bits."""

    system: int
    system_priority: int
    key: int
    port: int
    port_priority: int
    state: int


@dataclass(frozen=True, slots=True)
class Lacpdu:
    """One LACPDU of one member. The actor is its sender; `partner` None where the snap length cut it off."""

    ts_ns: int
    member: int
    direction: int
    source_mac: int
    actor: LacpParty
    partner: LacpParty | None


@dataclass(frozen=True, slots=True)
class HostSystem:
    """Which LACP system is the teamed host. `two_hosts`: the captures are of two hosts' teams, not of one."""

    system: int | None
    two_hosts: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SetChange:
    """A member joined (`bundled`) or left; it happened in [earliest_ns, latest_ns]."""

    member: int
    bundled: bool
    earliest_ns: int
    latest_ns: int


@dataclass(frozen=True, slots=True)
class SystemOnMember:
    """All LACPDUs that one system sent on one member. `states` distinct, in order of appearance."""

    system: int
    count: int
    first_ns: int
    last_ns: int
    states: tuple[int, ...]
    last: Lacpdu
    defaulted: int
    expired: int
    sent: bool | None
    """True if the capture says these frames went out, False if in, None if it does not say."""


@dataclass(frozen=True, slots=True)
class LacpFinding:
    """kind: no_answer, defaulted, expired, different_systems, different_keys, same_partner_port, host_silent."""

    kind: str
    members: tuple[int, ...]
    evidence: Mapping[str, object]


class LacpTimeline:
    """All LACPDUs of a team in time order. Members are the ordinals of ControlFrame.member."""

    pdus: tuple[Lacpdu, ...]
    markers: tuple[tuple[int, int], ...]
    """(ts_ns, member) of marker PDUs."""
    skipped: Mapping[str, int]
    """Slow-protocol frames that are no LACPDU, by reason: marker, oam, ossp, other_subtype, truncated, malformed."""

    def systems(self, member: int) -> Mapping[int, SystemOnMember]:
        """By actor system, what it sent on this member."""
        raise NotImplementedError

    def lacpdu_times(self, member: int) -> list[int]:
        """ts_ns of all LACPDUs on this member, both directions, ascending."""
        raise NotImplementedError

    def interval_ns(self, member: int) -> int | None:
        """How often LACPDUs are due on this member; where it has none, that of the other members; None: no LACP."""
        raise NotImplementedError

    def bundled_spans(self, member: int) -> list[tuple[int, int]]:
        """(start_ns, end_ns) during which both sides had Sync, Collecting and Distributing set."""
        raise NotImplementedError

    def bundled_during(self, member: int, start_ns: int, end_ns: int) -> bool | None:
        """Whether the member was in the bundle at some time in the interval; None where LACP gives no word."""
        raise NotImplementedError

    def set_changes(self) -> list[SetChange]:
        """When members joined or left the bundle within the captures, in time order."""
        raise NotImplementedError

    def host_system(self, local_macs: Set[int] = frozenset(), *, shared_host_mac: bool = False) -> HostSystem:
        """Which system is the teamed host, and whether the captures are of two hosts."""
        raise NotImplementedError

    def findings(self, host: HostSystem) -> list[LacpFinding]:
        """What is wrong or odd, as data."""
        raise NotImplementedError


def read_lacpdus(
    frames: Iterable[ControlFrame], windows: Mapping[int, tuple[int, int]] | None = None
) -> LacpTimeline:
    """Decode; `windows`: for each member the (first_ns, last_ns) of its capture, so that silence can be told."""
    raise NotImplementedError


def mac_text(mac: int) -> str:
    """aa:bb:cc:dd:ee:ff of a 48-bit integer."""
    return ":".join(f"{mac:012x}"[at : at + 2] for at in range(0, 12, 2))
