"""What `flowmap predict` is given, as loads: a capture, a report, or a list of header fields (JSON lines, CSV).

Every load keeps its row: what was in the list, or for captures and reports the header fields of each stream-direction under
the same names. Of captures and reports the summary is about the judged streams, of these the direction that most of the
payload flows in; where none is judged, about all that are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field

from flowmap.analysis.gather import Found, choose_streams, gather, read_lacp
from flowmap.analysis.judge import judge
from flowmap.capture.inputs import plan_inputs
from flowmap.dataclass import dataclass
from flowmap.document import model as doc
from flowmap.errors import ConfigError
from flowmap.facts.flows import vlan_ids
from flowmap.facts.model import Direction, TeamFacts
from flowmap.flow.streams.stream import Streams
from flowmap.message import Message, msg, nmsg
from flowmap.passes.joined import join_members
from flowmap.passes.names import name_links
from flowmap.passes.read import Means, Progress, Say, read_all
from flowmap.settings.config import Settings
from flowmap.team.hashes.fields import Fields
from flowmap.team.host import address_text
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.team.members import assemble
from flowmap.tools.from_report import find_report
from flowmap.tools.predict.listed import read_list
from flowmap.tools.predict.text import Row
from flowmap.verdict.mode.forecast import Load

__all__ = ["Streamed", "read_loads"]

_TCP, _UDP = 6, 17
_PROTOCOLS = {"vxlan": _UDP, "geneve": _UDP, "gre": 47, "nvgre": 47, "ipip": 4}


@dataclass
class Streamed:
    """Loads to predict for: `rows` as they are written, each with its load, and `counted`, which the summary is about.

    All of `counted` are in one `direction` (None: a list). `speed_bps`: of the slowest member whose speed is known;
    `members`: how many were captured. `remarks`: what to know of them.
    """

    rows: list[tuple[Row, Load]] = field(default_factory=list)
    counted: list[Load] = field(default_factory=list)
    direction: str | None = None
    speed_bps: int | None = None
    members: int | None = None
    remarks: list[Message] = field(default_factory=list)


def read_loads(path: str, settings: Settings, progress: Progress | None, say: Say) -> Streamed:
    """Read the loads of a report, a list or a capture, recognised by its content.

    Raises ConfigError for a list with a bad value, CaptureError for a capture that cannot be read.
    """
    report = find_report(path)
    if report is not None:
        return _of_report(report)
    listed = read_list(path)
    if listed is not None:
        return Streamed(listed.rows, listed.counted)
    return _of_capture(path, settings, progress, say)


def _of_capture(path: str, settings: Settings, progress: Progress | None, say: Say) -> Streamed:
    plan = plan_inputs([path])
    read = read_all(plan.captures, settings, Means(progress, say))
    failures = [*plan.failures, *read.failures]
    if not read.scans:
        if failures:
            raise failures[0]
        raise ConfigError(msg("{path}: nothing that is a capture was found", path=path))
    members = assemble(read.scans, name_links([one.planned for one in read.inputs], read.scans))
    _, counted, streams, _ = join_members(members)
    listed = choose_streams(streams, settings)
    team = judge(gather(Found(members, counted, streams, listed, read_lacp(members)), read, settings), members.teams)
    found = [
        _Seen(*_of_direction(stream.number, direction, streams, team), stream.judged, direction.bulk, direction.side)
        for stream in team.streams
        for direction in stream.directions
        if direction.shares
    ]
    speeds = [settings.speeds.get(m.name) or settings.default_speed or m.speed_bps for m in team.team_members]
    result = _summed(found, min((speed for speed in speeds if speed), default=None))
    result.members = len(team.team_members) or None
    result.remarks += [failure.message for failure in failures]
    if listed.cut:
        more = nmsg("{count} more stream is not listed", "{count} more streams are not listed", listed.cut)
        result.remarks.append(more)
    return result


@dataclass(frozen=True)
class _Seen:
    row: Row
    load: Load
    judged: bool
    bulk: bool
    side: str


def _summed(found: Sequence[_Seen], speed_bps: int | None) -> Streamed:
    bulk = [one for one in found if one.bulk]
    chosen = [one for one in bulk if one.judged] or bulk
    sides: Counter[str] = Counter()
    for one in chosen:
        sides[one.side] += (one.load.wire_bytes or 0) + 1
    side = sides.most_common(1)[0][0] if sides else None
    counted = [one.load for one in chosen if one.side == side]
    result = Streamed([(one.row, one.load) for one in found], counted, side, speed_bps)
    if other := len(chosen) - len(counted):
        result.remarks.append(msg("left out: {count} that carry their bulk the other way", count=other))
    return result


def _of_direction(stream: int, direction: Direction, streams: Streams, team: TeamFacts) -> tuple[Row, Load]:
    """Return the row and load of a direction as the team saw it: of a tunnel the outer header, where all packets have one."""
    macs, vlan = direction.known_macs, next(iter(vlan_ids(direction.vlan)), None)
    src, dst, proto, told = direction.src, direction.dst, _TCP, True
    if streams.table[stream]["encap"]:
        header = direction.tunnel.header if direction.tunnel is not None else None
        told = header is not None
        if header is not None:
            src, dst, proto = header[:2], header[2:4], header[4]
    row: Row = {
        "stream": stream,
        "direction": direction.side,
        "member": team.members[direction.shares[0].member].name if direction.placed.placement == "single" else None,
        "src_mac": mac_text(macs[0]) if macs else None,
        "dst_mac": mac_text(macs[1]) if macs else None,
        "ethertype": 0x0800 if src[0][0] == 4 else 0x86DD,
        "vlan": vlan,
        "src_ip": address_text(src[0]),
        "dst_ip": address_text(dst[0]),
        "proto": proto,
        "src_port": src[1] or None,
        "dst_port": dst[1] or None,
        "wire_bytes": sum(share.wire_bytes for share in direction.shares),
    }
    return row, _load(row, direction.side, told)


def _load(row: Row, side: str, told: bool = True) -> Load:
    """Return the remote host, which a claim counts: where the stream comes from, or where it goes."""
    fields = Fields.of(row) if told else Fields()
    return Load(fields, row["dst_ip"] if side == "tx" else row["src_ip"], row["wire_bytes"], hashed=told)


def _of_report(report: doc.Report) -> Streamed:
    found = [
        _Seen(row, load, stream.judged, bulk, direction.direction)
        for stream in report.streams
        for row, load, bulk, direction in _of_report_stream(stream, report.settings.anonymized)
    ]
    speeds = [m.speed_bps for m in report.members if m.speed_bps and not m.aggregate]
    result = _summed(found, min(speeds, default=None))
    result.members = sum(not m.aggregate for m in report.members) or None
    if report.settings.anonymized:
        result.remarks.append(
            msg("its addresses are not the real ones (--anonymize): where these would go needs the captures")
        )
    elif not any(one.row["src_mac"] for one in found):
        result.remarks.append(msg("the report has no MACs: policies that hash them need the captures"))
    return result


def _of_report_stream(stream: doc.Stream, anonymized: bool) -> Iterator[tuple[Row, Load, bool, doc.Direction]]:
    """Yield each direction that was seen; bulk is the one with more payload.

    What stands for the real addresses places nothing.
    """
    payload = {id(d): sum(member.payload_bytes for member in d.members) for d in stream.directions}
    for direction in stream.directions:
        if not direction.members:
            continue
        outer, tunnels = direction.outer, stream.encapsulation
        told = not tunnels or (outer is not None and outer.src_port_count <= 1 and outer.address_pairs == 1)
        src, dst = direction.src.ip, direction.dst.ip
        ports: tuple[int | None, int | None] = (direction.src.port, direction.dst.port)
        if outer is not None:
            src, dst = outer.src, outer.dst
            ports = (outer.src_ports[0] if outer.src_ports else None, outer.dst_port)
        row: Row = {
            "stream": stream.id,
            "direction": direction.direction,
            "member": direction.members[0].name if direction.placement == "single" else None,
            "src_mac": direction.src_mac,
            "dst_mac": direction.dst_mac,
            "ethertype": 0x86DD if ":" in src else 0x0800,
            "vlan": stream.vlan[0] if stream.vlan else None,
            "src_ip": src,
            "dst_ip": dst,
            "proto": _PROTOCOLS.get(tunnels.partition(".")[0]) if tunnels else _TCP,
            "src_port": ports[0],
            "dst_port": ports[1],
            "wire_bytes": sum(m.wire_bytes for m in direction.members),
        }
        largest = max(payload, key=lambda key: payload[key])
        yield row, _load(row, direction.direction, told and not anonymized), id(direction) == largest, direction
