"""The part of the text report that says which hash keys and policies the placements refute, and which they leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.report.words import probability

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.document import Policy, PolicyFit

__all__ = ["draw_policy"]


def draw_policy(canvas: Canvas, policy: Policy) -> None:
    """One line for the keys of each direction, one for known policies; nothing where nothing could be tested."""
    tested = [
        (way, fits) for way, fits in (("tx", policy.tx), ("rx", policy.rx)) if any(f.verdict != "untestable" for f in fits)
    ]
    if not tested:
        return
    canvas.heading("HASH KEY (tx: the host's choice, rx: the switch's)")
    for way, fits in tested:
        canvas.labelled(f"{way}:", _keys([fit for fit in fits if fit.policy is None]), indent=2, gap=1)
        if text := _policies([fit for fit in fits if fit.policy is not None]):
            canvas.line(text, indent=6)


def _keys(fits: Sequence[PolicyFit]) -> str:
    refuted = [fit.key or "" for fit in fits if fit.verdict == "refuted"]
    standing = [_counted(fit) for fit in fits if fit.verdict == "fits"]
    untested = [fit.key or "" for fit in fits if fit.verdict == "untestable"]
    parts = [f"refuted: {', '.join(refuted)}"] if refuted else []
    parts += [f"not refuted: {', '.join(standing)}"] if standing else []
    if standing and all(fit.groups == 1 for fit in fits if fit.verdict == "fits"):
        parts[-1] += ", and one group proves nothing"
    parts += [f"not testable: {', '.join(untested)}"] if untested else []
    return "; ".join(parts)


def _counted(fit: PolicyFit) -> str:
    """The key with the number of groups that could have refuted it."""
    return f"{fit.key} ({fit.groups} group{'s' * (fit.groups != 1)})"


def _policies(fits: Sequence[PolicyFit]) -> str:
    matching = [f"{fit.policy}{_variants(fit)}, by chance {probability(fit.p)}" for fit in fits if fit.verdict == "fits"]
    refuted = [fit.policy or "" for fit in fits if fit.verdict == "refuted"]
    parts = [f"predicts every placement: {'; '.join(matching)}"] if matching else []
    return "; ".join(parts + ([f"ruled out: {', '.join(refuted)}"] if refuted else []))


def _variants(fit: PolicyFit) -> str:
    """The oldest and the newest of the variants that match."""
    names = fit.variants or []
    if not names or names == ["plain"]:
        return ""
    return f" ({names[0]})" if len(names) == 1 else f" ({names[0]} to {names[-1]})"
