"""A team as its host describes it: the values that every format is read into. How several become one: `joined`."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.team.host import mac_number

__all__ = ["Adapter", "LacpState", "LacpTimer", "Parts", "Role", "TeamDescription", "mac_of", "same_text"]

Role = Literal["active", "standby"]
LacpTimer = Literal["fast", "slow"]
_CARRYING = 0x38
"""Sync, Collecting and Distributing of a port's state (802.1AX)."""


@dataclass(frozen=True, slots=True)
class LacpState:
    """What the output says of LACP on one member. Unknown is None.

    `aggregator`: the number of the aggregator that the port was put into, 0 for none. `bundled`: whether the output says by
    itself that the port carries (selected, bundled) or not (suspended, stand-alone). `churned`: whether LACP gave up on
    agreeing with the other side (802.1AX, churn detection). `partner`: whether there is one; a partner of zeros is none.
    `actor_state`, `partner_state`: the eight bits of each side. `word`: the output's own word for the state.
    """

    aggregator: int | None = None
    bundled: bool | None = None
    churned: bool | None = None
    partner: bool | None = None
    key: int | None = None
    actor_state: int | None = None
    partner_state: int | None = None
    word: str | None = None

    @property
    def out_of_sync(self) -> bool:
        """Whether the state bits that it tells keep the port from carrying."""
        told = [state for state in (self.actor_state, self.partner_state) if state is not None]
        return any(state & _CARRYING != _CARRYING for state in told)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A member, or an adapter that may be one. Unknown is None, no MAC an empty set.

    `name`: of the interface. `label`: Windows' InterfaceDescription, by which Get-VMSwitchTeam names its members.
    `up`: whether its link was up when the output was made. `host`: the machine's name, where the text names several.
    """

    name: str | None
    label: str | None = None
    macs: frozenset[int] = frozenset()
    speed_bps: int | None = None
    role: Role | None = None
    up: bool | None = None
    lacp: LacpState | None = None
    host: str | None = None

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.label or "?"

    def is_same(self, other: Adapter) -> bool:
        """Return whether both are one adapter, by name or label, of hosts that are not known to be two."""
        if self.host and other.host and not same_text(self.host, other.host):
            return False
        return bool(same_text(self.name, other.name) or same_text(self.label, other.label))

    def joined(self, other: Adapter) -> Adapter:
        """Return this adapter with what the other knows beyond it."""
        return Adapter(
            self.name or other.name,
            self.label or other.label,
            self.macs | other.macs,
            self.speed_bps or other.speed_bps,
            self.role or other.role,
            other.up if self.up is None else self.up,
            self.lacp or other.lacp,
            self.host or other.host,
        )


@dataclass(frozen=True, slots=True)
class TeamDescription:
    """One team. `source`: the file; `kind`: what printed it; `mode`, `algorithm`: by a name that modes.lookup knows.

    `macs`: of the team itself (bond, team NIC, LACP system). `active`: the member that carries, where only one does;
    `primary`: the one that is preferred. `negotiated`: whether LACP was, where the output says so. `aggregator`: the number of
    the active LACP aggregator, 0 where the output says that there is none; `ports`: how many ports it has. `host`: the
    machine's name, where the text names several. `of_switch`: the switch says it, and its ports are the members. `lacks`: the
    output that would tell the rest, where this one is known to lack the mode.
    """

    source: str
    kind: str
    name: str | None = None
    mode: str | None = None
    algorithm: str | None = None
    members: tuple[Adapter, ...] = ()
    macs: frozenset[int] = frozenset()
    lacp_timer: LacpTimer | None = None
    negotiated: bool | None = None
    active: str | None = None
    primary: str | None = None
    aggregator: int | None = None
    ports: int | None = None
    host: str | None = None
    of_switch: bool = False
    lacks: str | None = None

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.mode or self.kind

    def kept_out(self, member: Adapter) -> bool:
        """Return whether the text itself says that LACP keeps this member from carrying.

        It is in another aggregator than the active one, in none, or not selected. Churn or a state alone says so only where no
        aggregator is told: a port of the active one may be down for a moment.
        """
        lacp = member.lacp
        if lacp is None:
            return False
        if lacp.bundled is not None:
            return not lacp.bundled
        if self.aggregator == 0 or lacp.aggregator == 0:
            return True
        if self.aggregator is not None and lacp.aggregator is not None:
            return lacp.aggregator != self.aggregator
        return lacp.out_of_sync and (bool(lacp.churned) or self.of_switch)


@dataclass
class Parts:
    """What was found in one file: teams, adapters that are not said to be in one, and whether it is one of counters."""

    teams: list[TeamDescription] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    counters: bool = False

    def add(self, other: Parts) -> None:
        self.teams += other.teams
        self.adapters += other.adapters


def same_text(one: str | None, other: str | None) -> bool:
    """Return whether both are known and equal but for case."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def mac_of(text: object) -> frozenset[int]:
    """Return the MAC that a text is, in any spelling, with no separators too; empty for any other text and for all zeros.

    One that its author masked (**:**:**:**:**:67) is none: half a MAC proves nothing.
    """
    if not isinstance(text, str):
        return frozenset()
    plain = text.strip()
    if len(plain) == 12 and plain.isalnum():
        plain = ":".join(plain[at : at + 2] for at in range(0, 12, 2))
    number = mac_number(plain)
    return frozenset([number]) if number else frozenset()
