"""The part of the text report that says which hash keys and policies the placements refute, and which they leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.quantities import probability
from flowmap.message import Message, glue, msg, nmsg

if TYPE_CHECKING:
    from flowmap.document.model import Policy, PolicyFit
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_policy"]


def draw_policy(canvas: Canvas, policy: Policy) -> None:
    """One line for the keys of each direction, one for known policies; nothing where nothing could be tested."""
    tested = [
        (way, fits)
        for way, fits in (("tx", policy.tx), ("rx", policy.rx))
        if any(f.verdict != "untestable" for f in fits)
    ]
    if not tested:
        return
    canvas.heading(msg("HASH KEY (tx: the host's choice, rx: the switch's)"))
    for way, fits in tested:
        canvas.labelled(f"{way}:", _keys([fit for fit in fits if fit.policy is None]), indent=2, gap=1)
        if text := _policies([fit for fit in fits if fit.policy is not None]):
            canvas.line(text, indent=6)


def _keys(fits: Sequence[PolicyFit]) -> Message:
    refuted = [fit.key or "" for fit in fits if fit.verdict == "refuted"]
    standing = [_counted(fit) for fit in fits if fit.verdict == "fits"]
    untested = [fit.key or "" for fit in fits if fit.verdict == "untestable"]
    parts = [msg("refuted: {keys}", keys=_row(refuted))] if refuted else []
    if standing and all(fit.groups == 1 for fit in fits if fit.verdict == "fits"):
        parts.append(msg("not refuted: {keys}, and one group proves nothing", keys=_row(standing)))
    elif standing:
        parts.append(msg("not refuted: {keys}", keys=_row(standing)))
    parts += [msg("not testable: {keys}", keys=_row(untested))] if untested else []
    return glue(*parts, between="; ")


def _row(words: Sequence[str]) -> Message:
    return glue(*words, between=", ")


def _counted(fit: PolicyFit) -> Message:
    """The key with the number of groups that could have refuted it."""
    return nmsg("{key} ({count} group)", "{key} ({count} groups)", fit.groups or 0, key=fit.key)


def _policies(fits: Sequence[PolicyFit]) -> Message:
    matching = [
        msg("{policy}, by chance {p}", policy=glue(fit.policy or "", _variants(fit)), p=probability(fit.p))
        for fit in fits
        if fit.verdict == "fits"
    ]
    refuted = [fit.policy or "" for fit in fits if fit.verdict == "refuted"]
    parts = [msg("predicts every placement: {policies}", policies=glue(*matching, between="; "))] if matching else []
    parts += [msg("ruled out: {policies}", policies=_row(refuted))] if refuted else []
    return glue(*parts, between="; ")


def _variants(fit: PolicyFit) -> Message:
    """The oldest and the newest of the variants that match."""
    names = fit.variants or []
    if not names or names == ["plain"]:
        return glue()
    if len(names) == 1:
        return glue(f"({names[0]})")
    return msg("({oldest} to {newest})", oldest=names[0], newest=names[-1])
