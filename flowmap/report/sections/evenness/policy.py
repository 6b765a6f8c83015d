"""Hash keys and policies: which of them the placements refute, which they leave, and on how much that rests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.quantities import probability
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.report.blocks import Cell, Column, Line, Pairs, Quantity, Section, Table, Tone, Word
from flowmap.words import DIRECTIONS

if TYPE_CHECKING:
    from flowmap.document.model import PolicyFit, Report

__all__ = ["policy_section"]

_FITS: dict[str, tuple[Message, Tone]] = {
    "fits": (msg("not refuted"), "good"),
    "refuted": (msg("refuted"), "quiet"),
    "untestable": (msg("not testable"), "quiet"),
}
_NONE = msg("No key could be tested: that takes several streams that are equal in it.")
_COLUMNS = tuple(
    Column(title, number=number, wide=True)
    for title, number in (
        (msg("direction"), False),
        (msg("key or policy"), False),
        (msg("verdict"), False),
        (msg("groups that could refute"), True),
        (msg("match by chance"), True),
        (msg("note"), False),
    )
)


def policy_section(report: Report) -> Section:
    """Return what could be tested, each direction by itself, and apart what could not."""
    fits = [(way, fit) for way, own in (("tx", report.policy.tx), ("rx", report.policy.rx)) for fit in own]
    tested = tuple(_row(way, fit) for way, fit in fits if fit.verdict != "untestable")
    untested = tuple(_row(way, fit) for way, fit in fits if fit.verdict == "untestable")
    title = msg("Hash keys and policies")
    explained = msg(
        "Which header fields could have decided the placement: a key is refuted where streams that are equal in it landed on "
        "different members. Not refuted is not proved. Sent (tx) is the host's choice, received (rx) the switch's."
    )
    blocks: list[Line | Table] = []
    if tested:
        blocks += [
            Line(explained, full=True),
            Table(title, _COLUMNS, tested, narrow=(Pairs(tuple(_summary(report)), full=True),), full=True),
        ]
    elif untested:
        blocks.append(Line(_NONE, full=True))
    if untested:
        blocks.append(Table(msg("Not testable here"), _COLUMNS, untested, full=True))
    return Section(
        "policy",
        title,
        tuple(blocks),
        empty=_NONE,
    )


def _row(way: str, fit: PolicyFit) -> tuple[Cell, ...]:
    variants = fit.variants if fit.variants and fit.variants != ["plain"] else []
    named = glue(fit.policy or fit.key or "")
    text, tone = _FITS[fit.verdict]
    return (
        DIRECTIONS[way],
        msg("{policy} ({variants})", policy=named, variants=listed(variants)) if variants else named,
        Word(text, tone),
        Quantity(fit.groups or None, "count"),
        Quantity(fit.p, "probability") if fit.p is not None else "",
        fit.detail or "",
    )


def _summary(report: Report) -> list[tuple[str, Message]]:
    """Return a line for the keys of each direction that was tested, and one for known policies."""
    rows: list[tuple[str, Message]] = []
    for way, fits in (("tx", report.policy.tx), ("rx", report.policy.rx)):
        if any(fit.verdict != "untestable" for fit in fits):
            rows.append((way, _keys([fit for fit in fits if fit.policy is None])))
            if text := _policies([fit for fit in fits if fit.policy is not None]):
                rows.append((way, text))
    return rows


def _keys(fits: Sequence[PolicyFit]) -> Message:
    refuted = [fit.key or "" for fit in fits if fit.verdict == "refuted"]
    standing = [_counted(fit) for fit in fits if fit.verdict == "fits"]
    untested = [fit.key or "" for fit in fits if fit.verdict == "untestable"]
    parts = [msg("refuted: {keys}", keys=_joined(refuted))] if refuted else []
    if standing and all(fit.groups == 1 for fit in fits if fit.verdict == "fits"):
        parts.append(msg("not refuted: {keys}, and one group proves nothing", keys=_joined(standing)))
    elif standing:
        parts.append(msg("not refuted: {keys}", keys=_joined(standing)))
    parts += [msg("not testable: {keys}", keys=_joined(untested))] if untested else []
    return glue(*parts, between="; ")


def _joined(words: Sequence[str]) -> Message:
    return glue(*words, between=", ")


def _counted(fit: PolicyFit) -> Message:
    """Return the key with the number of groups that could have refuted it."""
    return nmsg("{key} ({count} group)", "{key} ({count} groups)", fit.groups or 0, key=fit.key)


def _policies(fits: Sequence[PolicyFit]) -> Message:
    matching = [
        msg("{policy}, by chance {p}", policy=glue(fit.policy or "", _variants(fit)), p=probability(fit.p))
        for fit in fits
        if fit.verdict == "fits"
    ]
    refuted = [fit.policy or "" for fit in fits if fit.verdict == "refuted"]
    parts = [msg("predicts every placement: {policies}", policies=glue(*matching, between="; "))] if matching else []
    parts += [msg("ruled out: {policies}", policies=_joined(refuted))] if refuted else []
    return glue(*parts, between="; ")


def _variants(fit: PolicyFit) -> Message:
    """Return the oldest and the newest of the variants that match."""
    names = fit.variants or []
    if not names or names == ["plain"]:
        return glue()
    if len(names) == 1:
        return glue(f"({names[0]})")
    return msg("({oldest} to {newest})", oldest=names[0], newest=names[-1])
