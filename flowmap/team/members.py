"""Makes the members: from here on a number, `link` in FLOW and MACPAIR rows, with counters, captures and control frames.

In: the scans of all captures, and the member's name for each of their links (`passes/names.py`, `capture/inputs/`: names
are decided before, here they only meet). Out: `Members`: each member complete and frozen, the rows of all captures under
member numbers, and where in the captures each member is.

- Links with one name are one member: pieces of a ring buffer, halves by direction, interfaces of several captures. Its
  counters are sums, its window the union, its facts (filtered, cut, mirrored) true if they are of any capture.
- Numbers follow the natural order of the names (nic2 before NIC10), so that neither the order of arguments nor that in which
  members first carry a packet changes a report.
- Links without a name are dropped, with their rows: captures of another time, or what is no member.
- Frames of protocols that are not decoded count for a member only where the capture knows whose they are.
- A control frame that another interface of the member has as well within a millisecond (`_COPIES_NS`) is a copy from
  another layer of the host. LACPDUs are a second apart at least, so a millisecond is far from both.

What is found out about a member later (it is an aggregate of others, of another team, holds several links) makes a new
value of it. Whether a member could have carried a stream is not decided here but in `verdict/claims/usable.py`.

Rejected: to identify members by MAC (teams share one, virtual ports have many) or by what the capture calls the interface
alone (every host has an eth0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, NamedTuple

import numpy as np

from flowmap.capture.blocks.interfaces import Interface
from flowmap.capture.inputs import in_natural_order
from flowmap.dataclass import dataclass
from flowmap.decode.control import ControlFrame
from flowmap.flow.scanning.scan import RawControl, Scan
from flowmap.flow.scanning.undecoded import Kind
from flowmap.flow.streams.joining import Join, find_series, join_tables, relinked
from flowmap.team.throughput import CaptureBins, capture_bins
from flowmap.types import MACPAIR, TS_NONE, PacketClass

__all__ = ["MemberCapture", "Members", "TeamMember", "assemble"]

Array = np.ndarray[Any, Any]
_COPIES_NS = 1_000_000
"""How far copies of one frame are apart."""
_SLL = 113
"""LINKTYPE_LINUX_SLL: it does not record on which interface a packet was."""
_SLOW_MULTICAST = b"\x01\x80\xc2\x00\x00\x02"


@dataclass(frozen=True)
class MemberCapture:
    """What one capture holds of one member."""

    path: str
    format: str
    link_types: tuple[int, ...]
    packets: int
    wire_bytes: int
    captured_bytes: int
    first_ns: int | None
    last_ns: int | None
    snaplen: int | None
    drops: int | None
    truncated: bool
    damaged: bool
    window: tuple[int, int] | None
    """When capturing began and ended, where the capture says so."""
    interfaces: tuple[tuple[int, int], ...] = ()
    """(section, interface number in it) of those that are the member's."""


@dataclass(frozen=True)
class TeamMember:
    """A physical port of the team, as its captures show it: built complete, so that what is found out later is a new value."""

    number: int
    name: str
    captures: Sequence[MemberCapture] = ()
    packets: int = 0
    wire_bytes: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    peak_bytes: int = 0
    """Most wire bytes in 100 ms."""
    speed_bps: int | None = None
    macs: frozenset[str] = frozenset()
    interface_names: frozenset[str] = frozenset()
    descriptions: frozenset[str] = frozenset()
    classes: Array = field(default_factory=lambda: np.zeros(len(PacketClass), dtype=np.int64))
    out_of_order: int = 0
    snapped: int = 0
    filtered: bool = False
    """One of its captures says that a filter chose what to record."""
    tcp_short: int = 0
    """TCP packets cut before the length of their header: their payload is not known."""
    aggregate: bool = False
    time_stands: bool = False
    """All its packets have one time."""
    clocks_apart_ns: int | None = None
    """How much later received packets are stamped than sent ones, where these have two clocks."""
    only_side: Literal["rx", "tx"] | None = None
    """The one direction that was captured of it, where that is known."""
    mirror: str = ""
    """What its frames came in, where a mirror session is the member: erspan, tzsp, vxlan or gre."""
    other_team: bool = False
    """Of another aggregate of the host than the one that is judged."""
    undecoded: Counter[tuple[Kind, int]] = field(default_factory=Counter)
    """Frames of what is not decoded, by kind and number; `undecoded_bytes` are their wire bytes."""
    undecoded_bytes: Counter[tuple[Kind, int]] = field(default_factory=Counter)
    undescribed: bool = False
    """One of its captures describes no interface: nothing was captured there."""
    lost_member: bool = False
    """Captured with SLL (v1): which interface a packet was on is not recorded."""
    links_mixed: bool = False
    """LACP shows that its capture holds several links, not told apart (pktmon's own pcapng, merged files)."""
    gaps: Sequence[tuple[int, int]] = ()
    """(last packet, next packet) of silences of at least 200 ms, ascending."""

    @property
    def tells_rates(self) -> bool:
        """Whether rates can be made of its times."""
        return not self.time_stands and self.clocks_apart_ns is None

    @property
    def left_out(self) -> bool:
        """Whether it is no member of the team that is judged."""
        return self.aggregate or self.other_team


@dataclass
class Members:
    """All members and the rows of all captures, `link` = member number; `links[i]` maps the links of scan i."""

    members: list[TeamMember]
    rows: Array
    pairs: Array
    control: list[ControlFrame]
    links: list[dict[tuple[int, int], int]]
    bins: list[CaptureBins] = field(default_factory=list)
    """Throughput over time of each capture."""
    teams: list[tuple[int, ...]] = field(default_factory=list)
    """Members of each of several teams that all carried migrations."""


def assemble(
    scans: Sequence[Scan], names: Sequence[Mapping[tuple[int, int], str]], join: Join | None = None
) -> Members:
    """Make members of the scans, complete with the rows of all captures.

    `names[i]` maps (interface ordinal, SLL2 ifindex) of scan i to the member's name; links it leaves out are dropped.

    `join` makes one flow table of those of all scans, where they are not in this process.
    """
    given = {name for mapping in names for name in mapping.values()}
    numbers = {name: number for number, name in enumerate(in_natural_order(list(given)))}
    parts: list[list[_Part]] = [[] for _ in numbers]
    gaps: list[list[tuple[int, int]]] = [[] for _ in numbers]
    links: list[dict[tuple[int, int], int]] = []
    bins: list[CaptureBins] = []
    members_of: list[Array] = []
    pairs, control = [np.zeros(0, MACPAIR)], []
    for scan, mapping in zip(scans, names, strict=True):
        own = {link: numbers[name] for link, name in mapping.items()}
        links.append(own)
        by_row = np.array([own.get((int(x["interface"]), int(x["ifindex"])), -1) for x in scan.links], dtype=np.int64)
        bins.append(capture_bins(scan, by_row))
        members_of.append(by_row)
        pairs.append(relinked(scan.pairs, by_row))
        control += _control_frames(scan.control, own)
        rows_of = _by_member(by_row)
        for number in sorted(set(own.values())):
            parts[number].append(_part(scan, rows_of.get(number, by_row[:0])))
        for link, start, end in scan.gaps:
            if by_row[link] >= 0:
                gaps[by_row[link]].append((start, end))
    members = [_member(number, name, parts[number], sorted(gaps[number])) for name, number in numbers.items()]
    join = join or (lambda by_rows, series: join_tables([scan.take_rows() for scan in scans], by_rows, series))
    rows = join(members_of, find_series(scans, members_of))
    return Members(members, rows, np.concatenate(pairs), control, links, bins)


def _by_member(member_of_row: Array) -> dict[int, Array]:
    """Return, by member, the places that have it: a capture may have tens of thousands of members."""
    order = np.argsort(member_of_row, kind="stable")
    ends = np.flatnonzero(np.diff(member_of_row[order])) + 1
    return {int(member_of_row[own[0]]): own for own in np.split(order, ends) if len(own)}


class _Part(NamedTuple):
    """What one capture holds of one member: its interfaces, its rows of `Scan.links`, and the capture they are of."""

    scan: Scan
    ordinals: list[int]
    interfaces: list[Interface]
    links: Array


def _part(scan: Scan, own: Array) -> _Part:
    """Return the member's part of a capture; `own` are the places in `scan.links` of those that are the member's."""
    links = scan.links[own]
    ordinals = sorted({int(i) for i in links["interface"]}) or [i.ordinal for i in scan.interfaces]
    return _Part(scan, ordinals, [scan.interfaces[i] for i in ordinals], links)


def _capture(part: _Part) -> MemberCapture:
    scan, ordinals, interfaces, links = part
    timed = links[links["first_ns"] != TS_NONE]
    drops = [scan.drops[i] for i in ordinals if i in scan.drops]
    windows = [scan.windows[i] for i in ordinals if i in scan.windows]
    return MemberCapture(
        path=scan.path,
        format=scan.format,
        link_types=tuple(sorted({i.link_type for i in interfaces})),
        packets=int(links["packets"].sum()),
        wire_bytes=int(links["wire_bytes"].sum()),
        captured_bytes=int(links["captured_bytes"].sum()),
        first_ns=int(timed["first_ns"].min()) if len(timed) else None,
        last_ns=int(timed["last_ns"].max()) if len(timed) else None,
        snaplen=max((i.snaplen for i in interfaces), default=0) or None,
        drops=sum(drops) if drops else None,
        truncated=scan.truncated,
        damaged=scan.damaged,
        window=(min(w[0] for w in windows), max(w[1] for w in windows)) if windows else None,
        interfaces=tuple((i.section, i.interface_id) for i in interfaces),
    )


def _member(number: int, name: str, parts: Sequence[_Part], gaps: Sequence[tuple[int, int]]) -> TeamMember:
    """Return the member complete, from its parts of all captures."""
    captures = [_capture(part) for part in parts]
    interfaces = [one for part in parts for one in part.interfaces]
    speeds = [max((i.speed_bps for i in part.interfaces if i.speed_bps), default=None) for part in parts]
    frames, wire = _undecoded(parts)
    return TeamMember(
        number,
        name,
        captures,
        packets=sum(one.packets for one in captures),
        wire_bytes=sum(one.wire_bytes for one in captures),
        first_ns=min((one.first_ns for one in captures if one.first_ns is not None), default=None),
        last_ns=max((one.last_ns for one in captures if one.last_ns is not None), default=None),
        peak_bytes=max((int(part.links["peak_bytes"].max(initial=0)) for part in parts), default=0),
        speed_bps=next(filter(None, speeds), None),
        macs=frozenset(i.mac for i in interfaces if i.mac),
        interface_names=frozenset(i.name for i in interfaces if i.name),
        descriptions=frozenset(i.description for i in interfaces if i.description),
        classes=sum(
            (part.links["classes"].sum(axis=0).astype(np.int64) for part in parts if len(part.links)),
            start=np.zeros(len(PacketClass), dtype=np.int64),
        ),
        out_of_order=sum(int(part.links["backwards"].sum()) for part in parts),
        snapped=sum(int(part.links["snapped"].sum()) for part in parts),
        filtered=any(i.filter for i in interfaces),
        tcp_short=sum(int(part.links["tcp_short"].sum()) for part in parts),
        mirror=next((i.mirror_kind for part in reversed(parts) for i in part.interfaces if i.mirror_kind), ""),
        undecoded=frames,
        undecoded_bytes=wire,
        undescribed=any(not part.scan.interfaces for part in parts),
        lost_member=any(len(part.links) and any(i.link_type == _SLL for i in part.interfaces) for part in parts),
        gaps=gaps,
    )


def _undecoded(parts: Sequence[_Part]) -> tuple[Counter[tuple[Kind, int]], Counter[tuple[Kind, int]]]:
    """Return frames, and wire bytes, that were not decoded, of interfaces that are the member's alone."""
    frames, wire = Counter[tuple[Kind, int]](), Counter[tuple[Kind, int]]()
    for part in parts:
        everywhere, here = part.scan.links["interface"], part.links["interface"]
        for (interface, kind, number), (count, size) in part.scan.undecoded.items():
            if interface in part.ordinals and (everywhere == interface).sum() == (here == interface).sum():
                frames[kind, number] += count
                wire[kind, number] += size
    return frames, wire


def _control_frames(raw: Sequence[RawControl], own: Mapping[tuple[int, int], int]) -> list[ControlFrame]:
    """Control frames with their member; cooked ones get the Ethernet header they lost as far as it is known.

    A frame that another interface of the member has as well, at once, is a copy: recorded at another layer of the host.
    """
    frames = []
    seen: dict[tuple[int, bytes], tuple[int, int]] = {}
    for one in raw:
        ifindex, direction, data = 0, one.flags & 3, one.data
        if one.link_type == 276:
            ifindex = int.from_bytes(data[4:8], "big")
            direction = 2 if data[10] == 4 else 1
            data = _SLOW_MULTICAST + data[12:18] + data[0:2] + data[20:]
        elif one.link_type == _SLL:
            direction = 2 if data[1] == 4 else 1
            data = _SLOW_MULTICAST + data[6:12] + data[14:16] + data[16:]
        member = own.get((one.interface, ifindex))
        if member is not None:
            before_ns, before = seen.get((member, data), (one.ts_ns, one.interface))
            if before != one.interface and abs(one.ts_ns - before_ns) <= _COPIES_NS:
                continue
            seen[member, data] = one.ts_ns, one.interface
            frames.append(ControlFrame(one.ts_ns, member, direction if direction in (1, 2) else 0, data))
    return frames
