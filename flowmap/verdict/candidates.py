"""The teaming modes ranked by what the packets tell: the rows of the table, with the clues for and against each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flowmap.team.modes import Row, every_row, meanings
from flowmap.verdict.mode_clues import Clue

__all__ = ["Candidate", "Candidates", "rank_modes"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row. `fits`: something speaks for it and nothing against; `untestable`: nothing does either."""

    row: Row
    supported_by: tuple[Clue, ...]
    refuted_by: tuple[Clue, ...]
    score: int

    @property
    def verdict(self) -> Literal["fits", "refuted", "untestable"]:
        if self.refuted_by:
            return "refuted"
        return "fits" if self.supported_by else "untestable"


@dataclass(frozen=True)
class Candidates:
    """All clues, and all rows in order: those that fit by what speaks for them, those nothing is known of, the refuted."""

    clues: tuple[Clue, ...] = ()
    ranked: tuple[Candidate, ...] = ()

    def of(self, rows: Sequence[Row]) -> list[Candidate]:
        """Those of some rows."""
        return [candidate for candidate in self.ranked if candidate.row in rows]


def rank_modes(clues: Sequence[Clue]) -> Candidates:
    """The table's rows by the clues; none where there is no clue."""
    if not clues:
        return Candidates()
    order = ("fits", "untestable", "refuted")
    ranked = sorted((_judged(row, clues) for row in every_row()), key=lambda one: (order.index(one.verdict), -one.score))
    return Candidates(tuple(clues), tuple(ranked))


def _judged(row: Row, clues: Sequence[Clue]) -> Candidate:
    table = meanings()
    known = [(clue, table[clue.kind]) for clue in clues]
    supports = [(clue, meaning.weight) for clue, meaning in known if meaning.holds(row, meaning.speaks_for, clue.value)]
    against = [
        clue
        for clue, meaning in known
        if meaning.holds(row, meaning.speaks_against, clue.value)
        and not (meaning.column == "switch" and row.any_lacp)
        and not (clue.steady and row.tx_moves != "none")
    ]
    return Candidate(row, tuple(clue for clue, _ in supports), tuple(against), sum(weight for _, weight in supports))
