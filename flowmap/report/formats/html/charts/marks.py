"""How a member is told from the others, by colour and by shape, everywhere on the page.

Colours are CSS variables, so that light, dark and print each have their own; shapes are there for those who do not see
the colours. Eight of each; more members begin again and are told apart by their names.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass

__all__ = ["MARKS", "Mark", "marks_of"]

_SHAPES = (
    ("●", "circle"),
    ("■", "square"),
    ("▲", "triangle-up"),
    ("◆", "diamond"),
    ("▼", "triangle-down"),
    ("✚", "cross"),
    ("▶", "triangle-right"),
    ("◀", "triangle-left"),
)
MARKS = len(_SHAPES)


@dataclass(frozen=True)
class Mark:
    """`css` is the class of the member's colour, `color` the colour itself, `sign` a character, `shape` Vega's name of it."""

    name: str
    number: int

    @property
    def css(self) -> str:
        return f"m{self.number % MARKS}"

    @property
    def color(self) -> str:
        return f"var(--m{self.number % MARKS})"

    @property
    def sign(self) -> str:
        return _SHAPES[self.number % MARKS][0]

    @property
    def shape(self) -> str:
        return _SHAPES[self.number % MARKS][1]


def marks_of(names: Sequence[str]) -> dict[str, Mark]:
    """Return marks by name, in the order of the members."""
    return {name: Mark(name, number) for number, name in enumerate(names)}
