"""What a teaming mode leads one to expect of placement: the table modes.toml and the questions asked of it.

A name may fit several rows ("lacp" is a mode on four platforms): then an answer is given only where all rows agree.
The transmit side is the host's choice. The receive side is the switch's: where the switch aggregates, its hash is
stable but unknown to the host; where it does not, the host's own sending decides on which member it is answered.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import product
from typing import Any, Literal

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import Message, msg
from flowmap.words import HOLDING_CAUSES, Way

__all__ = [
    "Expectation",
    "Meaning",
    "Row",
    "Switch",
    "Way",
    "aliases_of",
    "canonical_algorithm",
    "every_row",
    "expectation",
    "find_rows",
    "find_switches",
    "known_names",
    "lookup",
    "meanings",
    "switches",
]


LACP = "lacp"
"""The family of modes whose ports LACP bundles."""
_TEAM_REASONS = {
    "active": msg("only the active member carries traffic"),
    "primary": msg("a switch-independent team receives everything on its primary member"),
}
_PORT_REASONS = {
    "vport": msg("all traffic of one virtual port leaves by one member"),
    "affinity": msg("all traffic to one virtual port or MAC arrives on the member it is tied to"),
    "smac+vlan": msg("all traffic of one source MAC leaves by one member"),
    "learned": msg("the switch sends all traffic to one MAC to the member it last learned it on"),
}
_ANY_SWITCH = frozenset({"switch", "switches", "portchannel", "channelgroup"})
_CHOOSER_MOVES = frozenset({"flowlet", "rebalance"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the expectation table; the codes are explained at the top of modes.toml.

    `tx`, `rx`: by what a member is chosen. `tx_moves`, `rx_moves`: whether a healthy stream-direction may change
    member. `algorithm` is None for a mode without a choice of one. `unverified`: practitioners' knowledge.
    """

    platform: str
    mode: str
    algorithm: str | None
    tx: str
    rx: str
    tx_moves: str
    rx_moves: str
    source_mac: str
    switch: str
    note: str
    source: str
    unverified: bool
    label: str
    """The platform as people call it."""
    policy: str | None
    """The name of the known policy that can be computed from packets, where the row may be one."""
    any_lacp: bool
    """Whether LACP says nothing of the mode."""

    @property
    def family(self) -> str:
        """What modes that behave alike are called together: by how they send, else by what the switch has to be."""
        by_switch = "switch-independent" if self.switch == "independent" else self.switch
        return {"rr": "round-robin", "active": "active-backup", "all": "broadcast"}.get(self.tx, by_switch)

    @property
    def remark(self) -> str:
        """The note without what in it is a doubt."""
        return self.note.partition("unverified: ")[0].rstrip("; ")

    @property
    def doubt(self) -> str:
        """What is not verified; empty: nothing."""
        return self.note.partition("unverified: ")[2]

    def in_channel(self) -> Row:
        """Return the row as it is where LACP has bundled the ports: what the host receives is by the switch's own hash.

        >>> [row.in_channel().rx for row in expectation("balance-slb").rows]
        ['switch']
        """
        hashed = self.any_lacp and self.rx != "active"  # where one member is active, what comes in on others is dropped
        return replace(self, rx="switch", rx_moves="none", switch="lacp") if hashed else self

    def chosen_by(self, direction: Way) -> str:
        """Return what decides the member in one direction."""
        return self.tx if direction == "tx" else self.rx

    def allows(self, direction: Way, placement: str, cause: str | None = None) -> bool | None:
        """Answer as Expectation.allows does, for this row alone."""
        key, moves = (self.tx, self.tx_moves) if direction == "tx" else (self.rx, self.rx_moves)
        answer: bool | None = None
        if placement == "single":
            answer = None if key == "all" else True
        elif placement == "mirrored":
            answer = True if key == "all" else None
        elif placement == "sprayed":
            answer = {"any": True, "unknown": None}.get(moves, False)
        elif placement == "moved":
            answer = _allows_move(moves, cause)
        return None if answer is False and self.unverified else answer


@dataclass(frozen=True, slots=True)
class Switch:
    """What is known of a switch's hash over the members of a channel. `inputs`: the fields that it looks at."""

    name: str
    label: str
    aliases: tuple[str, ...]
    inputs: str
    note: str
    source: str


def _allows_move(moves: str, cause: str | None) -> bool | None:
    """Return whether streams may move at any moment, gap or not; an unexplained move stays open."""
    if cause in HOLDING_CAUSES or moves == "any":
        return True
    if moves == "none":
        return False
    return True if moves in _CHOOSER_MOVES and cause in _CHOOSER_MOVES else None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a clue in the packets means: it is for rows with one of these values in `column` (by `weight`), or against them.

    "*" stands for the value that the clue itself names.
    """

    column: str
    speaks_for: frozenset[str]
    speaks_against: frozenset[str]
    weight: int

    def holds(self, row: Row, values: frozenset[str], own: str | None) -> bool:
        """Return whether a row has one of the values."""
        value = getattr(row, self.column)
        return value is not None and (value in values or ("*" in values and value == own))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the candidate rows say together: an answer only where they agree."""

    rows: tuple[Row, ...] = ()

    def allows(self, direction: Way, placement: str, cause: str | None = None) -> bool | None:
        """Return whether the mode accounts for this placement of one stream-direction; None where the table cannot say.

        placement, cause: the words of the report (single, moved, sprayed, mirrored, ...; failover, flowlet, ...).

        >>> expectation("switch-independent", "dynamic").allows("tx", "moved", "flowlet")
        True
        >>> expectation("switch-independent", "transport-ports").allows("tx", "moved", "flowlet")
        False
        """
        answers = {row.allows(direction, placement, cause) for row in self.rows}
        return answers.pop() if len(answers) == 1 else None

    def one_member_only(self, direction: Way) -> Message | None:
        """Return why this direction can use one member only (a clause to print); None where it may use several.

        See one_member_scope for whether that holds for the whole team or for each virtual port or MAC by itself.

        >>> expectation("switch-independent", "transport-ports").one_member_only("rx")
        'a switch-independent team receives everything on its primary member'
        """
        reasons = self._reasons(direction)
        known = list(dict.fromkeys(reason for reason in reasons if reason is not None))
        if not known or None in reasons:
            return None
        said = known[0]
        for reason in known[1:]:
            said = msg("{one} or {other}", one=said, other=reason)
        return said

    def one_member_scope(self, direction: Way) -> Literal["team", "port"] | None:
        """Return what one_member_only is about: the whole team, or each virtual port (MAC) by itself; None with no reason."""
        if self.one_member_only(direction) is None:
            return None
        return "team" if all(row.chosen_by(direction) in _TEAM_REASONS for row in self.rows) else "port"

    def in_channel(self) -> Expectation:
        """Return what holds where LACP has bundled the ports, whatever the mode says of a switch that does not aggregate."""
        return Expectation(tuple(row.in_channel() for row in self.rows))

    @property
    def switch_chooses(self) -> bool:
        """Whether it is the switch that chooses where the host receives."""
        return bool(self.rows) and all(row.rx == "switch" for row in self.rows)

    def _reasons(self, direction: Way) -> list[Message | None]:
        reasons = _TEAM_REASONS | _PORT_REASONS
        return [None if row.unverified else reasons.get(row.chosen_by(direction)) for row in self.rows]


def expectation(mode: str | None, algorithm: str | None = None) -> Expectation:
    """Return lookup() as an Expectation; without mode and algorithm an empty one, which answers None to everything."""
    return Expectation(tuple(lookup(mode, algorithm)))


def lookup(mode: str | None, algorithm: str | None = None) -> list[Row]:
    """Return all rows that fit what a user, or a host's own description, calls mode and algorithm.

    Names are taken in any case, with blanks, hyphens or underscores; aliases and platform names count, and
    "PLATFORM/MODE" tells apart what several platforms have. An algorithm given as the mode, or the other way round, is
    understood. A mode that has no choice of algorithm ignores one. Neither given: no rows.
    Raises ConfigError, with the names there are, for an unknown name or an algorithm that the mode does not have.

    >>> [(row.platform, row.mode) for row in lookup("Switch Independent", "HyperVPort")]
    [('lbfo', 'switch-independent'), ('set', 'switch-embedded')]
    """
    if mode is None and algorithm is None:
        return []
    rows = list(_table().rows)
    if mode is not None:
        rows = _by_mode(mode, rows) or (_by_algorithm(mode, rows) if algorithm is None else [])
        if not rows:
            raise ConfigError(msg("unknown teaming mode {mode!r}; {known}", mode=mode, known=_nearest(mode, "mode")))
    if algorithm is not None:
        known = _by_algorithm(algorithm, list(_table().rows)) or (_by_mode(algorithm, rows) if mode is None else [])
        if not known:
            nearest = _nearest(algorithm, "algorithm")
            raise ConfigError(msg("unknown algorithm {algorithm!r}; {known}", algorithm=algorithm, known=nearest))
        fitting = [row for row in rows if row in known] or [row for row in rows if row.algorithm is None]
        if not fitting:
            has = dict.fromkeys(row.algorithm for row in rows if row.algorithm)
            raise ConfigError(
                msg(
                    "teaming mode {mode!r} has no algorithm {algorithm!r}; it has: {names}",
                    mode=mode,
                    algorithm=algorithm,
                    names=", ".join(has),
                )
            )
        rows = fitting
    return rows


def _nearest(name: str, kind: Literal["mode", "algorithm"]) -> Message:
    """Return the known name that is meant, or all of them where none is near."""
    names = known_names(kind)
    near = difflib.get_close_matches(name.casefold(), names, n=1)
    return msg("did you mean {name}?", name=near[0]) if near else msg("known: {names}", names=", ".join(names))


def known_names(kind: Literal["mode", "algorithm"]) -> list[str]:
    """Return the names of modes or algorithms, without their aliases, in the order of the table."""
    names = (row.mode if kind == "mode" else row.algorithm for row in _table().rows)
    return list(dict.fromkeys(name for name in names if name))


def find_rows(name: str) -> list[Row]:
    """Return rows by one name; empty where none has it.

    A name is PLATFORM, MODE or ALGORITHM, or these in this order, joined by slashes.

    >>> [row.algorithm for row in find_rows("linux/802.3ad/layer3+4")], find_rows("nonsense")
    (['layer3+4'], [])
    """
    mode, _, algorithm = name.rpartition("/")
    for first, second in ((name, None), (mode, algorithm)):
        try:
            return lookup(first or None, second)
        except ConfigError:
            continue
    return []


def every_row() -> tuple[Row, ...]:
    """Return the whole table, in its order."""
    return _table().rows


def aliases_of(row: Row) -> list[str]:
    """Return what else people and tools call the row's mode."""
    aliases = _table().mode_aliases.get(row.mode, ())
    return [name for name in aliases if row.platform == "linux" or not re.fullmatch(r"(mode-?)?\d|.*\(.*", name)]


def switches() -> tuple[Switch, ...]:
    """Return all switches, in the order of the table."""
    return _table().switches


def meanings() -> Mapping[str, Meaning]:
    """Return what each clue tells of the rows, by its name."""
    return _table().meanings


def find_switches(name: str) -> list[Switch]:
    """Return the switches that people call so; all of them by what they have in common.

    >>> [one.name for one in find_switches("Catalyst")], len(find_switches("port-channel")) > 1
    (['cisco-catalyst'], True)
    """
    wanted = _plain(name)
    if wanted in _ANY_SWITCH:
        return list(switches())
    return [one for one in switches() if wanted in map(_plain, (one.name, one.label, *one.aliases))]


def canonical_algorithm(name: str) -> str | None:
    """Return the table's own name of an algorithm that people may spell otherwise; None where there is none, or several.

    >>> canonical_algorithm("Layer 3+4"), canonical_algorithm("TransportPorts")
    ('layer3+4', 'transport-ports')
    """
    found = {row.algorithm for row in _by_algorithm(name, _table().rows)}
    return found.pop() if len(found) == 1 else None


def _by_mode(name: str, rows: Iterable[Row]) -> list[Row]:
    platform, _, mode = name.rpartition("/")
    return [row for row in rows if _fits_mode(row, mode) and (not platform or _is_platform(row, platform))]


def _fits_mode(row: Row, name: str) -> bool:
    return _plain(name) in _spellings(row.mode, _table().mode_aliases) or _is_platform(row, name)


def _is_platform(row: Row, name: str) -> bool:
    return _plain(name) in _spellings(row.platform, _table().platform_aliases)


def _by_algorithm(name: str, rows: Iterable[Row]) -> list[Row]:
    aliases = _table().algorithm_aliases
    return [row for row in rows if row.algorithm and _plain(name) in _spellings(row.algorithm, aliases)]


def _spellings(name: str, aliases: Mapping[str, Iterable[str]]) -> set[str]:
    return {_plain(name), *map(_plain, aliases.get(name, ()))}


def _plain(name: str) -> str:
    """Return a name without case, blanks, hyphens and underscores, which do not distinguish algorithms."""
    return "".join(letter for letter in name.casefold() if letter not in " -_\t")


@dataclass(frozen=True)
class _Table:
    rows: tuple[Row, ...]
    mode_aliases: Mapping[str, list[str]]
    algorithm_aliases: Mapping[str, list[str]]
    platform_aliases: Mapping[str, list[str]]
    switches: tuple[Switch, ...]
    meanings: Mapping[str, Meaning]


@cache
def _table() -> _Table:
    data = tomllib.loads(resources.files("flowmap").joinpath("team", "modes", "modes.toml").read_text("utf-8"))
    platforms = data["platform"]
    return _Table(
        rows=tuple(row for platform in platforms for cells in platform["rows"] for row in _rows(platform, cells)),
        mode_aliases=data["modes"],
        algorithm_aliases=data["algorithms"],
        platform_aliases={platform["name"]: platform["aliases"] for platform in platforms},
        meanings={
            name: Meaning(one["column"], frozenset(one["for"]), frozenset(one["against"]), one["weight"])
            for name, one in data["clues"].items()
        },
        switches=tuple(Switch(**{**one, "aliases": tuple(one["aliases"])}) for one in data["switch"]),
    )


def _rows(platform: Mapping[str, Any], cells: list[str]) -> Iterable[Row]:
    modes, algorithms, tx, rx, tx_moves, rx_moves, source_mac, switches, note = cells
    for mode, algorithm in product(modes.split("|"), algorithms.split("|")):
        yield Row(
            platform=platform["name"],
            mode=mode,
            algorithm=algorithm or None,
            tx=tx,
            rx=rx,
            tx_moves=tx_moves,
            rx_moves=rx_moves,
            source_mac=source_mac,
            switch=mode if "|" in switches else switches,
            note=note,
            source=platform["source"],
            unverified=note.startswith("unverified"),
            label=platform["label"],
            policy={"algorithm": algorithm or None, "mode": mode}.get(platform.get("replayed", "")),
            any_lacp=platform.get("any_lacp", False),
        )
