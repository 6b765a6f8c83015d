"""The two claims: what is claimed, why it holds or not, the numbers it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from flowmap.document.pages.pages import pages
from flowmap.document.quantities import count, probability
from flowmap.message import Message, glue, listed, msg
from flowmap.report.blocks import Claim, Section
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Pinned, Report, Spread, SpreadDirection

__all__ = ["claims_of", "claims_section", "held_moves"]


def claims_of(report: Report) -> tuple[Claim, Claim]:
    """Return pinned and spread. Where streams moved or were recorded twice, and the claim holds all the same, it says so."""
    pinned, spread = report.claims.pinned, report.claims.spread
    title = msg("Each migration stream sits on one member")
    if held_moves(report):
        title = msg("Each migration stream sits on one member, or moved for a good reason")
    elif pinned.verdict == "pass" and pinned.mirrored:
        title = msg("Each migration stream sits on one member, copies aside")
    return (
        _claim(report, "pinned", title, (_pinned_numbers(pinned), _pinned_short(pinned))),
        _claim(report, "spread", _spread_title(spread), (_spread_numbers(spread), _spread_short(spread, pinned.moved))),
    )


def claims_section(report: Report) -> Section:
    """Return the two claims under a heading, for pages that have one."""
    return Section("claims", msg("Claims"), claims_of(report))


def _claim(
    report: Report, name: Literal["pinned", "spread"], title: Message, numbers: tuple[Message, Message]
) -> Claim:
    """Return the claim of this name; its numbers are given in full, and as they fit into a line."""
    claim: Pinned | Spread = getattr(report.claims, name)
    return Claim(
        name,
        title,
        claim.verdict,
        word(claim.verdict),
        claim.reason,
        *numbers,
        undermined=_undermined(claim.undermined_by),
        told=claim.reason in report.answer.sentence,
    )


def _undermined(codes: Sequence[str]) -> Message | str:
    """Return what undermines a claim, in words; the codes for `flowmap explain` beside."""
    known = pages()
    told = [msg("{title} ({code})", title=known[code].title if code in known else code, code=code) for code in codes]
    return msg("Undermined by: {reasons}", reasons=glue(*told, between="; ")) if told else ""


def _spread_title(spread: Spread) -> Message:
    """Return the claim, about the ends or streams that were counted."""
    ways = {way.direction for way in spread.directions if way.verdict != "not-applicable"} or {spread.direction}
    if spread.unit == "stream" and spread.hosts > 1:
        return msg("Streams spread across the members")
    if ways == {"tx"}:
        return msg("Destination hosts spread across the members")
    if ways in ({"tx", "rx"}, {"unknown"}):
        return msg("Hosts spread across the members")
    return msg("Source hosts spread across the members")


def held_moves(report: Report) -> Message | None:
    """Return the causes of moves where streams moved and the claim holds, else None."""
    if report.claims.pinned.verdict != "pass" or not report.claims.pinned.moved:
        return None
    ways = (way for stream in report.streams if stream.judged for way in stream.directions)
    return listed([word(cause) for cause in sorted({way.cause for way in ways if way.cause is not None})])


def _pinned_numbers(pinned: Pinned) -> Message:
    names = ("single", "moved", "sprayed", "mirrored", "undecided", "absent")
    kinds = [glue(str(number), word(name)) for name in names if (number := getattr(pinned, name))]
    streams = count("{number} stream", "{number} streams", pinned.streams)
    directions = count("{number} direction", "{number} directions", pinned.directions)
    return glue(glue(streams, directions, between=", "), glue(*kinds, between=", "), between=": ")


def _pinned_short(pinned: Pinned) -> Message:
    names = ("single", "moved", "sprayed", "mirrored", "undecided", "absent")
    kinds = [glue(str(number), word(name)) for name in names if (number := getattr(pinned, name))]
    directions = count("{number} direction", "{number} directions", pinned.directions)
    return glue(directions, glue(*kinds, between=", "), between=": ")


def _spread_short(spread: Spread, moved: int) -> Message:
    """Return each direction by itself, that which decides first."""
    ways = sorted(spread.directions or [spread], key=lambda way: way.direction != spread.direction)
    return glue(*(_way_short(way, moved) for way in ways), between="; ")


def _way_short(way: SpreadDirection, moved: int) -> Message:
    """Return one direction; where directions `moved`, what is counted is where each stream began."""
    units = (
        count("{number} stream", "{number} streams", way.units)
        if way.unit == "stream"
        else count("{number} host", "{number} hosts", way.hosts)
    )
    side = way.direction if way.direction in ("tx", "rx") else ""
    if way.direction is None or way.hosts < 2:
        return glue(side, count("{number} host", "{number} hosts", way.hosts), between=": ")
    where = [msg("{number} on {member}", number=number, member=name) for name, number in way.counts.items()]
    p: str = glue("p =", probability(way.p_value)) if way.p_value is not None else ""
    counts = glue(*where, between=", ")
    if moved and where:
        counts = msg("at first {counts}", counts=counts)
    return glue(side, glue(units, counts, p, between=", "), between=": ")


def _spread_numbers(spread: Spread) -> Message:
    hosts = count("{number} remote host", "{number} remote hosts", spread.hosts)
    if spread.direction is None:
        return hosts
    where = glue(*(glue(name, str(number)) for name, number in spread.counts.items()), between=", ")
    if spread.unit == "stream":
        counted = count(
            "{number} stream counted: {where}", "{number} streams counted: {where}", spread.units, where=where
        )
    else:
        counted = count("{number} host counted: {where}", "{number} hosts counted: {where}", spread.units, where=where)
    p: str = glue("p =", probability(spread.p_value)) if spread.p_value is not None else ""
    if p and spread.least_units is not None and spread.units < spread.least_units:
        p = (
            msg("{p}; with fewer than {enough} streams no result can prove a fault", p=p, enough=spread.least_units)
            if spread.unit == "stream"
            else msg("{p}; with fewer than {enough} hosts no result can prove a fault", p=p, enough=spread.least_units)
        )
    way = word(spread.direction) if spread.direction != "unknown" else ""
    return glue(glue(way, hosts, between=": "), counted if spread.units else "", p, between="; ")
