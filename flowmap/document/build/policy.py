"""Keys and policies as rows of the report."""

from __future__ import annotations

from flowmap.document import model as doc
from flowmap.verdict.mode.policy import Fit, Placements

__all__ = ["policy_rows"]


def policy_rows(tx: Placements, rx: Placements) -> doc.Policy:
    """Return keys first, then policies."""
    return doc.Policy(tx=_rows(tx), rx=_rows(rx))


def _rows(one: Placements) -> list[doc.PolicyFit]:
    return [_row(fit, is_key=True) for fit in one.keys] + [_row(fit, is_key=False) for fit in one.policies]


def _row(fit: Fit, *, is_key: bool) -> doc.PolicyFit:
    return doc.PolicyFit(
        key=fit.name if is_key else None,
        policy=None if is_key else fit.name,
        verdict=fit.verdict,
        groups=fit.groups,
        refuted_by=fit.refuted_by,
        p=fit.p,
        variants=None if fit.variants is None else list(fit.variants),
        detail=fit.detail,
    )
