"""The teaming modes ranked by what the packets tell: the rows of the table, with the clues for and against each."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass
from flowmap.team.modes.table import Row, every_row, meanings
from flowmap.verdict.mode.clues import Clue
from flowmap.words import FitVerdict

__all__ = ["Candidate", "Candidates", "Family", "rank_modes"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row. `fits`: something speaks for it and nothing against; `untestable`: nothing does either."""

    row: Row
    supported_by: tuple[Clue, ...]
    refuted_by: tuple[Clue, ...]
    score: int

    @property
    def verdict(self) -> FitVerdict:
        if self.refuted_by:
            return "refuted"
        return "fits" if self.supported_by else "untestable"


@dataclass(frozen=True, slots=True)
class Family:
    """Rows that behave alike in what a capture shows first; no name: none is left alone."""

    name: str | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Candidates:
    """All clues, and all rows in order: those that fit by what speaks for them, those nothing is known of, the refuted."""

    clues: tuple[Clue, ...] = ()
    ranked: tuple[Candidate, ...] = ()

    def of(self, rows: Sequence[Row]) -> list[Candidate]:
        """Return those of some rows, also where LACP has changed what these say of the switch."""
        names = {(row.platform, row.mode, row.algorithm) for row in rows}
        return [one for one in self.ranked if (one.row.platform, one.row.mode, one.row.algorithm) in names]

    @property
    def only_family(self) -> Family:
        """The one family of which rows are not refuted, if something speaks for one of them."""
        left = [candidate for candidate in self.ranked if candidate.verdict != "refuted"]
        names = {candidate.row.family for candidate in left}
        if len(names) != 1 or not any(candidate.verdict == "fits" for candidate in left):
            return Family()
        return Family(names.pop(), tuple(candidate.row for candidate in left))


def rank_modes(clues: Sequence[Clue]) -> Candidates:
    """Return the table's rows by the clues; none where there is no clue."""
    if not clues:
        return Candidates()
    order = ("fits", "untestable", "refuted")
    ranked = sorted(
        (_judged(row, clues) for row in every_row()), key=lambda one: (order.index(one.verdict), -one.score)
    )
    return Candidates(tuple(clues), tuple(ranked))


def _judged(row: Row, clues: Sequence[Clue]) -> Candidate:
    table = meanings()
    known = [(clue, table[clue.kind]) for clue in clues]
    unsaid = _unsaid(row, clues)
    supports = [(clue, meaning.weight) for clue, meaning in known if meaning.holds(row, meaning.speaks_for, clue.value)]
    against = [
        clue
        for clue, meaning in known
        if meaning.holds(row, meaning.speaks_against, clue.value)
        and meaning.column not in unsaid
        and not (clue.steady and row.tx_moves != "none")
    ]
    return Candidate(row, tuple(clue for clue, _ in supports), tuple(against), sum(weight for _, weight in supports))


def _unsaid(row: Row, clues: Sequence[Clue]) -> frozenset[str]:
    """Return columns that say nothing of a mode that works with LACP as without: with it the switch aggregates and hashes."""
    if not row.any_lacp:
        return frozenset()
    bundled = any(clue.kind == "lacp_bundle" for clue in clues)
    return frozenset({"switch", "rx", "rx_moves"}) if bundled else frozenset({"switch"})
