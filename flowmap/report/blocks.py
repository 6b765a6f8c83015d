"""What a report for people is made of, whatever prints it.

`report/sections/` builds each section once from the document, as frozen blocks of the kinds below. Each format has one
printer for each kind and the order of the sections, and no words of its own. Numbers keep their value and unit, names stay
apart from words: so each format scales, escapes, groups and aligns them in its own way, and a name out of a capture can never
become markup.

    Section            a heading and its blocks
      Line             a paragraph
      Items            paragraphs of equal rank, as a list
      Pairs            what something is called, and what it is
      Settings         keys and values of the settings file
      Table            rows of typed cells under columns
      Matrix           streams or hosts, and what each member carried of them in each direction
      Command          something to copy and run
      Claim            one of the two claims
      Finding          findings that ask for the same
      Notices          oddities of the input
      Figure           what a drawing is called and what it shows, in words

A block with `full` set is for those who look closer: a page of one screen leaves it out. What a narrow page has no columns for
stands in `Table.narrow`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.document.quantities import amount, bits, duration, grouped, moment, probability, speed
from flowmap.message import Message, glue, msg

__all__ = [
    "DIRECTION",
    "MEMBERS",
    "PLACEMENT",
    "Block",
    "Case",
    "Cell",
    "Claim",
    "Code",
    "Column",
    "Command",
    "Figure",
    "Finding",
    "Items",
    "Line",
    "Load",
    "Matrix",
    "MatrixRow",
    "MemberName",
    "Name",
    "Names",
    "Notice",
    "Notices",
    "Pairs",
    "Quantity",
    "Section",
    "Settings",
    "StreamNumbers",
    "Table",
    "Tone",
    "Unit",
    "Way",
    "Word",
    "words_of",
]

DIRECTION, PLACEMENT, MEMBERS = msg("direction"), msg("placement"), msg("members")
"""Columns that a matrix gets where directions, or members, have none of their own."""
Unit = Literal["bytes", "rate", "speed", "duration", "moment", "clock", "count", "share", "figure", "probability"]
Tone = Literal["", "quiet", "good", "trouble"]


def _share(value: float) -> Message:
    return Message("{percent:.0f} %", {"percent": 100 * value})


def _figure(value: float) -> Message:
    return Message("{figure:.2f}", {"figure": value})


_WORDS: Mapping[str, Callable[..., Message]] = {
    "bytes": amount,
    "rate": bits,
    "speed": speed,
    "duration": duration,
    "moment": moment,
    "clock": lambda value: moment(value, date=False),
    "count": grouped,
    "share": _share,
    "figure": _figure,
    "probability": probability,
}
_QUESTIONED = frozenset({"bytes", "rate", "speed", "moment"})
"""Units whose words have a sign for what is not known."""


@dataclass(frozen=True)
class Quantity:
    """A number with its unit: bytes, bits per second, ns, a moment in ns since 1970, parts of 1. None: it is not known.

    >>> Quantity(9_499_347, "bytes").words, Quantity(0.67, "share").words, Quantity(None, "duration").words
    ('9.5 MB', '67 %', '')
    """

    value: int | float | None
    unit: Unit
    note: Message = field(default_factory=glue)
    """What else there is to know of it, in a few words."""
    text: Message | None = None
    """How it is written, where that is more than the number."""

    @property
    def words(self) -> Message:
        """Return it as a person reads it."""
        if self.text is not None:
            return self.text
        if self.value is None and self.unit not in _QUESTIONED:
            return glue()
        return _WORDS[self.unit](self.value)


@dataclass(frozen=True)
class Name:
    """A name or an address out of a capture, a file or a setting: never words, never markup."""

    text: str
    note: str = ""
    """A name that it also has."""


class MemberName(Name):
    """The name of a member, which pages show in the member's colour."""


@dataclass(frozen=True)
class Names:
    """Several names; empty ones are left out."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class StreamNumbers:
    """Streams by their numbers, which pages link."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Code:
    """A stable code or a key of settings, as programs write it."""

    text: str


@dataclass(frozen=True)
class Word:
    """A word with its tone. `short`: how a narrow column has it; `why`: the reason, in a sentence."""

    text: Message
    tone: Tone = ""
    short: Message | str | None = None
    why: Message | str = ""


Cell = str | Quantity | Name | Names | StreamNumbers | Code | Word
"""What a cell of a table can be; a plain `str` is a message."""


def words_of(cell: Cell) -> str:
    """Return a cell as words, for formats that show all kinds alike."""
    if isinstance(cell, Quantity):
        return glue(cell.words, glue("(", cell.note, ")", between="") if cell.note else "")
    if isinstance(cell, Name):
        return glue(cell.text, glue("(", cell.note, ")", between="") if cell.note else "")
    if isinstance(cell, Names):
        return glue(*cell.names, between=", ")
    if isinstance(cell, StreamNumbers):
        return glue(*(f"#{number}" for number in cell.numbers), between=", ")
    if isinstance(cell, Code):
        return cell.text
    if isinstance(cell, Word):
        return glue(cell.text, cell.why, between=": ")
    return cell


@dataclass(frozen=True)
class Line:
    """A paragraph."""

    text: Message | str
    tone: Tone = ""
    full: bool = False


@dataclass(frozen=True)
class Items:
    """Paragraphs of equal rank."""

    lines: tuple[Message, ...]
    full: bool = False


@dataclass(frozen=True)
class Pairs:
    """Labels with what they stand for. `title`: what all of them are about, where they need a name."""

    rows: tuple[tuple[Message | str, Message | str], ...]
    title: Message | str = ""
    full: bool = False


@dataclass(frozen=True)
class Settings:
    """Keys and values as the settings file has them."""

    rows: tuple[tuple[str, str], ...]
    full: bool = False


@dataclass(frozen=True)
class Column:
    """`short`: its title on a narrow page; `wide`: it stands only where there is room; `bar`: its shares are drawn too."""

    title: Message | str
    short: Message | str | None = None
    number: bool = False
    wide: bool = False
    bar: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of typed cells; the first cell names its row.

    `narrow`: what stands in place of the wide columns, or of the whole table where all columns are wide.
    """

    title: Message | str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    narrow: tuple[Line | Items | Pairs, ...] = ()
    full: bool = False


@dataclass(frozen=True)
class Load:
    """What one member carried, in wire bytes."""

    member: str
    bytes: int


@dataclass(frozen=True)
class Way:
    """One direction of a row: its column group, who sent in words, where it sat, and what each member carried.

    `state`: a placement, "bad" where it is trouble, or "" where it is as it should be; `reason`: why it is not decided.
    """

    group: str
    named: Message | str
    loads: tuple[Load, ...]
    state: str = ""
    placed: Message | str = ""
    reason: Message | str = ""
    notes: tuple[Message | str, ...] = ()
    moves: tuple[Message, ...] = ()

    @property
    def total(self) -> int:
        """Return the bytes of all members."""
        return sum(load.bytes for load in self.loads)


@dataclass(frozen=True)
class MatrixRow:
    """A stream or a host. `head`: its cells before those of the members; `brief`: all of its directions in one sentence."""

    head: tuple[Cell, ...]
    ways: tuple[Way, ...]
    number: int | None = None
    """The number of a stream, to link it by."""
    notes: tuple[Message, ...] = ()
    label: Message | str = ""
    text: Message | str = ""
    brief: Message | str = ""
    judged: bool = True


@dataclass(frozen=True)
class Matrix:
    """Rows by member.

    `columns` are those of each row's head; `members`: those that can have a column; `groups`: directions that can have columns,
    with their names; `total`: the title of the column with the sum of all members, if there is one.
    """

    title: Message | str
    columns: tuple[Column, ...]
    members: tuple[str, ...]
    groups: tuple[tuple[str, Message | str], ...]
    rows: tuple[MatrixRow, ...]
    placed: bool = True
    """Whether its directions have a placement."""
    total: Message | str = ""
    others: Message | str = ""
    """What rows that were not judged are called, where they are shown apart."""
    full: bool = False


@dataclass(frozen=True)
class Command:
    """A command to copy and run."""

    text: str
    label: Message | str = ""
    full: bool = False


@dataclass(frozen=True)
class Claim:
    """One of the two claims. `short`: the numbers that fit into its line; `told`: the answer has given its reason already."""

    name: str
    title: Message
    verdict: str
    word: Message
    reason: Message | str
    numbers: Message
    short: Message
    undermined: Message | str = ""
    told: bool = False
    full: bool = False


@dataclass(frozen=True)
class Case:
    """One finding: what is the case, the numbers it rests on, the filter that shows its packets, the streams it is about.

    `told`: the answer has said it already.
    """

    explanation: Message | str
    facts: tuple[tuple[str, str], ...] = ()
    filter: str = ""
    streams: tuple[int, ...] = ()
    told: bool = False


@dataclass(frozen=True)
class Finding:
    """Findings of one code that ask for the same.

    `told`: a page of one screen has said it above; `asks`: its action is not said above, and somebody should take it.
    """

    code: str
    severity: str
    word: str
    title: Message | str
    cases: tuple[Case, ...]
    action: Message | str
    commands: tuple[str, ...] = ()
    meaning: str = ""
    told: bool = False
    asks: bool = True
    answers: bool = False
    """Whether the answer comes from it, whose commands then stand there."""
    full: bool = False


@dataclass(frozen=True)
class Notice:
    """An oddity of the input. `place`: where in the file; `times`: how often, in the unit of what is counted."""

    code: str
    severity: str
    word: Message
    about: Names
    detail: Message | str
    count: int
    place: Message | str = ""
    times: Message | str = ""
    repeated: bool = False
    """Whether `times` says more than the detail does."""
    undermines: Message | str = ""
    full: bool = False


@dataclass(frozen=True)
class Notices:
    """Oddities of the input, those that undermine a verdict first."""

    rows: tuple[Notice, ...]
    full: bool = False


@dataclass(frozen=True)
class Figure:
    """What a drawing is called, what it shows in words, what is not in it, and how its signs are to be read."""

    name: str
    title: Message
    text: Message
    notes: tuple[Message, ...] = ()
    legend: Message = field(default_factory=glue)
    full: bool = False


Block = Line | Items | Pairs | Settings | Table | Matrix | Command | Claim | Finding | Notices | Figure


@dataclass(frozen=True)
class Section:
    """A heading and its blocks. `about`: what its heading adds; `empty`: what is said where it has no blocks."""

    name: str
    title: Message
    blocks: tuple[Block, ...]
    about: Message | str = ""
    empty: Message | str = ""
