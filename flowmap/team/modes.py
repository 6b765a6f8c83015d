"""What teaming modes lead one to expect: stub of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["tx", "rx"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the expectation table; see modes.toml for the meaning of the codes."""

    platform: str
    mode: str
    algorithm: str | None
    tx_key: str
    rx_key: str
    tx_moves: str  # none | flowlet | rebalance | any | unknown
    rx_moves: str
    source_mac: str
    sources: tuple[str, ...]
    unverified: bool
    note: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the candidate rows say together: an answer only where they agree."""

    rows: tuple[Row, ...]

    def allows(self, direction: Direction, placement: str, cause: str | None = None) -> bool | None:
        """Whether the mode accounts for this placement of one stream-direction; None where the table cannot say.

        tx is the host's choice, rx the switch's (or, in switch-independent modes, what the host's choice leads to).
        """
        raise NotImplementedError

    def one_member_only(self, direction: Direction) -> str | None:
        """A reason (a clause to print) if the whole direction, or all of one virtual port or MAC, has one member."""
        raise NotImplementedError

    def one_member_scope(self, direction: Direction) -> Literal["team", "port"] | None:
        """Of what one_member_only speaks: the whole team, or each virtual port / MAC by itself."""
        raise NotImplementedError


def lookup(mode: str | None, algorithm: str | None = None) -> list[Row]:
    """Rows for what a user or a host's description calls mode and algorithm; ConfigError names the known ones."""
    raise NotImplementedError


def expectation(mode: str | None, algorithm: str | None = None) -> Expectation:
    """lookup() as an Expectation; without any mode an empty one that answers None to everything."""
    raise NotImplementedError
