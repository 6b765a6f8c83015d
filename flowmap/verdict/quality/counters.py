"""Counters against captures: what the captures missed, what bypassed them, what was dropped, and where they contradict.

The readings lie before and after the capture, so they may have counted more without anything being missed. How much more is
not known, but a capture that begins and ends quietly had little beside it: so much is left to it as the time between readings
and capture, 15 s where no manifest tells it, brings at the rates of its first and last second. Bytes and packets must both be
missing: large frames are fewer packets, and NICs count other bytes (the frame check sequence, headers of segments) than a
capture has. What an idle member broadcast while nobody captured is nothing: what is missing must matter beside the busiest
member's bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.message import Message, glue, listed, msg
from flowmap.notice import Notice
from flowmap.team.counters.model import MemberCounters
from flowmap.team.members import TeamMember

__all__ = ["Bypassed", "Compared", "beside_text", "bypassed", "compare", "counter_notices", "missed_text"]

_SLACK_S = 15
_MISSED, _LEAST = 0.01, 50
_SEGMENTED = 1.1
"""What segments have more in bytes than the large frames that were recorded for them, at most."""
_FCS = 4
_BYPASS_BYTES, _BYPASS = 10_000_000, 0.05
_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Compared:
    """Packets of a member by counters and in its captures.

    `slack`: how many more may have been before and after the capture. `says`: whether packets are missing in the
    capture or in the counters beyond that; None: neither.
    """

    counted: int
    captured: int
    slack: int
    says: Literal["missed", "beyond"] | None

    @property
    def missed(self) -> int:
        """Packets that no capture of the member holds, with those before and after it."""
        return max(0, self.counted - self.captured)


def compare(team: TeamFacts, member: TeamMember) -> Compared | None:
    """Compare counters with the capture of a member; None where there is nothing to compare.

    There is not where there are no two readings of its packets, or its capture was meant to hold only some.
    """
    own = team.counters.get(member.number)
    packets, size = (own.both("packets"), own.both("bytes")) if own is not None else (None, None)
    if (
        packets is None
        or size is None
        or member.filtered
        or member.left_out
        or member.undescribed
        or member.lost_member
    ):
        return None
    on_the_wire = team.wire_packets.get(member.number)
    captured = max(member.packets, on_the_wire or 0)
    large = on_the_wire is None or on_the_wire > member.packets
    seconds = _SLACK_S if team.counted_around_s is None else team.counted_around_s
    slack_bytes = seconds * _edge_rate(team, member)
    slack = round(slack_bytes * member.packets / member.wire_bytes) if member.wire_bytes else 0
    least_bytes = member.wire_bytes * (_SEGMENTED if large else 1 + _MISSED) + slack_bytes
    says: Literal["missed", "beyond"] | None = None
    lacking, lacking_bytes = packets - captured - slack, size - _FCS * packets - least_bytes
    most = max(one.wire_bytes for one in team.team_members)
    if lacking > max(_LEAST, _MISSED * packets) and lacking_bytes > _MISSED * most:
        says = "missed"
    elif on_the_wire is not None and min(member.packets, on_the_wire) - packets > max(_LEAST, _MISSED * packets):
        says = "beyond"
    return Compared(packets, captured, slack, says)


def _edge_rate(team: TeamFacts, member: TeamMember) -> float:
    """Return the wire bytes per second in the first second of the member's capture and in the last one, in sum."""
    load = team.load
    if load is None or member.first_ns is None or member.last_ns is None or not load.wire.shape[2]:
        return 0.0
    bins = load.wire[member.number].sum(axis=0)
    first, last = ((ts_ns - load.start_ns) // load.width_ns for ts_ns in (member.first_ns, member.last_ns))
    width = max(1, min(-(-_SECOND_NS // load.width_ns), last - first + 1))
    edges = int(bins[max(0, first) : first + width].sum()) + int(bins[max(0, last - width + 1) : last + 1].sum())
    return edges * _SECOND_NS / (width * load.width_ns)


def counter_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield what makes captures, or the counters themselves, less than the whole."""
    for member in team.team_members:
        own = team.counters.get(member.number)
        if own is None:
            continue
        both = compare(team, member)
        if both is not None and both.says == "missed":
            yield Notice(
                "counters_missed",
                missed_text(member, both, own),
                member.name,
                count=both.missed,
            )
        if own.backwards:
            detail = msg(
                "counters of {member} went backwards between the readings, and are not used: they were reset, or are "
                "too narrow",
                member=member.name,
            )
            yield Notice("counters_backwards", detail, member.name, count=len(own.backwards))
        if own.total:
            detail = msg(
                "there is one reading of the counters of {member}: it tells what was since they were last reset, "
                "nothing of the time of the capture",
                member=member.name,
            )
            yield Notice("counters_once", detail, member.name)


def missed_text(member: TeamMember, both: Compared, own: MemberCounters) -> Message:
    """Return how many packets the capture of a member lacks, by its counters."""
    return msg(
        "{kind} counted {counted:,} packets on {member} between the readings, of which the capture holds "
        "{captured:,}: {missed:,} are missing",
        kind=own.kind,
        counted=both.counted,
        member=member.name,
        captured=both.captured,
        missed=both.missed,
    )


_BYPASSES: Mapping[str, Message] = {
    "rdma": msg("RDMA"),
    "vf": msg("virtual functions (SR-IOV)"),
    "port": msg("traffic past the host's network stack"),
}


@dataclass(frozen=True, slots=True)
class Bypassed:
    """Bytes that no capture on the host can hold, by member name (received, sent). `kind`: rdma, vf or port."""

    kind: str
    by_member: Mapping[str, tuple[int, int]]

    @property
    def what(self) -> Message:
        """What it is called."""
        return _BYPASSES[self.kind]

    @property
    def amount(self) -> Message:
        """How much it is, in all."""
        return _amount(self.total)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(map(sum, self.by_member.values()))

    @property
    def counts(self) -> dict[str, int]:
        """Both directions in sum, by member name."""
        return {name: sum(own) for name, own in self.by_member.items()}

    @property
    def said(self) -> Message:
        """How they are distributed over the members."""
        return listed(
            [
                msg(
                    "{member} {amount} ({percent} %)",
                    member=name,
                    amount=_amount(count),
                    percent=round(100 * count / self.total),
                )
                for name, count in self.counts.items()
            ]
        )


def bypassed(team: TeamFacts) -> Bypassed | None:
    """Return what bypassed the host's stack, by the counters; None where that is little.

    Of RDMA, virtual functions and the port as a whole the first that is known: the last has the others in it.
    """
    for kind in _BYPASSES:
        own = {
            member.name: found
            for member in team.team_members
            if (counters := team.counters.get(member.number)) is not None
            and (found := _past_stack(counters, kind)) is not None
        }
        if (past := Bypassed(kind, own)).total >= _BYPASS_BYTES:
            return past
    return None


def beside_text(team: TeamFacts) -> Message:
    """Return what a claim about captured streams leaves out: bytes that only counters show. Empty where there are few."""
    found = bypassed(team)
    if found is None:
        return glue()
    return msg(
        "Not in it: {what} moved {amount} that only counters show: {said}.",
        what=found.what,
        amount=found.amount,
        said=found.said,
    )


def _amount(size: int) -> Message:
    return msg("{size:.1f} GB", size=size / 1e9) if size >= 10**9 else msg("{size:.1f} MB", size=size / 1e6)


def _past_stack(own: MemberCounters, kind: str) -> tuple[int, int] | None:
    """Return (received, sent) bytes of this kind.

    For the port as a whole it is what is beyond the interface's own, if that is much.
    """
    received, sent = (own.values.get(f"{kind}_{side}_bytes") for side in ("rx", "tx"))  # type: ignore[call-overload]
    if received is None or sent is None:
        return None
    if kind != "port":
        return received, sent
    packets, size = own.both("packets"), own.both("bytes")
    if packets is None or size is None or received + sent - size - _FCS * packets < _BYPASS * (received + sent):
        return None
    return max(0, received - own.values["rx_bytes"]), max(0, sent - own.values["tx_bytes"])
