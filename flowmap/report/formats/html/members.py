"""Members, their captures, clocks, hash keys and settings as rows."""

from __future__ import annotations

from flowmap.dataclass import dataclass
from flowmap.document.model import CaptureInfo, ClockOffset, Lacp, Member, PolicyFit, Report
from flowmap.document.quantities import count, duration, moment, speed
from flowmap.message import glue, listed, msg
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.labels import copies_text, counted_text, host_text, left_out_text, window_text
from flowmap.report.sections.mode import mode_text
from flowmap.words import DIRECTIONS

__all__ = ["CaptureRow", "MemberRow", "PolicyRow", "captures_of", "clocks_of", "members_of", "policy_of", "team_of"]

_MOST_MEMBERS = 256
_MOST_CAPTURES = 200
_FITS = {"fits": msg("not refuted"), "refuted": msg("refuted"), "untestable": msg("not testable")}


@dataclass(frozen=True)
class MemberRow:
    name: str
    description: str
    packets: int
    wire: str
    wire_bytes: int
    tx: str
    rx: str
    share: str
    percent: int
    speed: str
    peak: str
    lacp: str
    lacp_state: str
    switch: str
    port: str
    wire_packets: str = ""
    """Packets on the wire, where large frames stand for more than were captured."""
    counted: str = ""
    """What counters say."""


def members_of(report: Report, speech: Speech) -> tuple[list[MemberRow], int]:
    """(rows, how many are left out)."""
    total = sum(member.wire_bytes for member in report.members if not member.aggregate) or 1
    rows = [_member(member, total, speech) for member in report.members[:_MOST_MEMBERS]]
    return rows, len(report.members) - len(rows)


def _member(m: Member, total: int, speech: Speech) -> MemberRow:
    share = 0.0 if m.aggregate else m.wire_bytes / total
    text, state = _lacp(m.lacp)
    if m.aggregate:
        text, state = msg("{why}: left out", why=left_out_text(m)), "out"
    elif m.copy_of is not None:
        text, state = copies_text(m), "out"
    neighbor = m.neighbor
    sides = ("", "") if m.aggregate else (speech.amount(m.tx_bytes), speech.amount(m.rx_bytes))
    return MemberRow(
        m.name,
        m.description or "",
        m.packets,
        speech.amount(m.wire_bytes),
        m.wire_bytes,
        *sides,
        speech.percent(share),
        round(100 * share),
        speed(m.speed_bps),
        speech.bits(m.peak_bps),
        text,
        state,
        (neighbor.system or neighbor.chassis or "") if neighbor else "",
        (neighbor.port or neighbor.description or "") if neighbor else "",
        speech.number(m.wire_packets) if m.wire_packets is not None and m.wire_packets > m.packets else "",
        counted_text(m),
    )


def _lacp(lacp: Lacp | None) -> tuple[str, str]:
    if lacp is None:
        return msg("no LACP seen"), "none"
    if lacp.bundled:
        return msg("in the bundle"), "good"
    if lacp.bundled is None:
        return lacp.reason or msg("unclear"), "none"
    return glue(msg("NOT in the bundle"), lacp.reason or "", between=": "), "out"


@dataclass(frozen=True)
class CaptureRow:
    member: str
    path: str
    format: str
    link_types: str
    packets: int
    size: str
    begin: str
    time: str
    snaplen: str
    drops: str
    state: str
    bad: bool


def captures_of(report: Report, speech: Speech) -> tuple[list[CaptureRow], int]:
    """Files behind the members; (rows, how many are left out)."""
    every = [(member.name, capture) for member in report.members for capture in member.captures]
    return [_capture(name, c, speech) for name, c in every[:_MOST_CAPTURES]], max(0, len(every) - _MOST_CAPTURES)


def _capture(member: str, c: CaptureInfo, speech: Speech) -> CaptureRow:
    span = c.last_ns - c.first_ns if c.first_ns is not None and c.last_ns is not None else 0
    state = msg("damaged") if c.damaged else msg("last record cut") if c.truncated else msg("whole")
    snaplen = msg("not limited") if c.snaplen is None else count("{number} byte", "{number} bytes", c.snaplen)
    drops = msg("not stated") if c.drops is None else str(c.drops)
    return CaptureRow(
        member,
        c.path,
        c.format,
        ", ".join(c.link_types),
        c.packets,
        speech.amount(c.wire_bytes),
        moment(c.first_ns),
        speech.duration(span),
        snaplen,
        drops,
        state,
        c.damaged or bool(c.drops),
    )


def clocks_of(report: Report, speech: Speech) -> list[str]:
    """A sentence for each clock that differs from the reference member's."""
    return [_clock(offset, report.clock.reference or "", speech) for offset in report.clock.offsets if offset.offset_ns]


def _clock(offset: ClockOffset, reference: str, speech: Speech) -> str:
    span = speech.figure(duration(abs(offset.offset_ns)))
    values = {"member": offset.member, "reference": reference, "span": span}
    if offset.offset_ns > 0:
        said = msg("The clock of {member} is {span} ahead of {reference}.", **values)
    else:
        said = msg("The clock of {member} is {span} behind {reference}.", **values)
    if offset.uncertainty_ns is None:
        return glue(said, msg("How exact that is cannot be told."))
    margin = speech.figure(duration(offset.uncertainty_ns))
    done = msg("It was taken out.") if offset.corrected else msg("It was not taken out.")
    return glue(said, msg("That is exact to {margin}.", margin=margin), done)


@dataclass(frozen=True)
class PolicyRow:
    way: str
    what: str
    verdict: str
    word: str
    groups: str
    p: str
    detail: str


def policy_of(report: Report, speech: Speech) -> list[PolicyRow]:
    """Hash keys, then policies, of each direction."""
    ways = (("tx", report.policy.tx), ("rx", report.policy.rx))
    return [_policy(DIRECTIONS[way], fit, speech) for way, fits in ways for fit in fits]


def _policy(way: str, fit: PolicyFit, speech: Speech) -> PolicyRow:
    variants = fit.variants if fit.variants and fit.variants != ["plain"] else []
    named = fit.policy or fit.key or ""
    what = msg("{policy} ({variants})", policy=named, variants=listed(variants)) if variants else named
    p = speech.probability(fit.p) if fit.p is not None else ""
    return PolicyRow(way, what, fit.verdict, _FITS[fit.verdict], speech.number(fit.groups), p, fit.detail or "")


def team_of(report: Report, speech: Speech) -> list[tuple[str, str]]:
    """What is known of the team as a whole, as (label, text)."""
    team = report.team
    facts: list[tuple[str, str]] = [
        (msg("Teamed host"), host_text(team)),
        (msg("Mode"), mode_text(team)),
    ]
    times = [(m.first_ns, m.last_ns) for m in report.members if m.first_ns is not None and m.last_ns is not None]
    if times:
        first, last = min(a for a, _ in times), max(b for _, b in times)
        seen = msg("{begin}, for {span}", begin=moment(first), span=speech.duration(last - first))
        facts.append((msg("Captured"), seen))
    if window := window_text(report.settings):
        facts.append((msg("Time judged"), window))
    return facts
