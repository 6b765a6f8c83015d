"""A team as its host describes it, and how several outputs about one team become one description."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from flowmap.errors import ConfigError
from flowmap.message import Message, msg
from flowmap.team.host import mac_number

__all__ = ["Adapter", "LacpTimer", "Parts", "Role", "TeamDescription", "described_teams", "mac_of"]

Role = Literal["active", "standby"]
LacpTimer = Literal["fast", "slow"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A member, or an adapter that may be one. Unknown is None, no MAC an empty set.

    `name`: of the interface. `label`: Windows' InterfaceDescription, by which Get-VMSwitchTeam names its members.
    `up`: whether its link was up when the output was made.
    """

    name: str | None
    label: str | None = None
    macs: frozenset[int] = frozenset()
    speed_bps: int | None = None
    role: Role | None = None
    up: bool | None = None

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.label or "?"

    def is_same(self, other: Adapter) -> bool:
        """Whether both are one adapter, by name or label."""
        return bool(_same(self.name, other.name) or _same(self.label, other.label))

    def joined(self, other: Adapter) -> Adapter:
        """With what the other knows beyond it."""
        return Adapter(
            self.name or other.name, self.label or other.label, self.macs | other.macs,
            self.speed_bps or other.speed_bps, self.role or other.role, other.up if self.up is None else self.up,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TeamDescription:
    """One team. `source`: the file; `kind`: what printed it; `mode`, `algorithm`: by a name that modes.lookup knows.

    `macs`: of the team itself (bond, team NIC, LACP system). `active`: the member that carries, where only one does;
    `primary`: the one that is preferred. `negotiated`: whether LACP was, where the output says so.
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

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.mode or self.kind


@dataclass
class Parts:
    """What was found in one file: teams, and adapters that are not said to be in one."""

    teams: list[TeamDescription] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)

    def add(self, other: Parts) -> None:
        self.teams += other.teams
        self.adapters += other.adapters


def described_teams(parts: Iterable[Parts]) -> list[TeamDescription]:
    """The teams of all files: what several outputs say of one is put together, and adapters are put to their names.

    Two outputs are of one team where they share a member or have the same name. Raises ConfigError where they contradict
    each other.
    """
    everything = Parts()
    for part in parts:
        everything.add(part)
    teams: list[TeamDescription] = []
    for team in everything.teams:
        same = [known for known in teams if _is_same_team(known, team)]
        for known in same:
            teams.remove(known)
            team = _joined(known, team)
        teams.append(team)
    return [_completed(team, everything.adapters) for team in teams]


def _is_same_team(one: TeamDescription, other: TeamDescription) -> bool:
    return _same(one.name, other.name) or any(a.is_same(b) for a in one.members for b in other.members)


def _joined(one: TeamDescription, other: TeamDescription) -> TeamDescription:
    def agreed(what: Message, a: _T | None, b: _T | None) -> _T | None:
        if a is not None and b is not None and a != b:
            raise ConfigError(msg("{one} and {other} contradict each other: {what} {a} and {b}", one=one.source,
                                  other=other.source, what=what, a=a, b=b))  # fmt: skip
        return b if a is None else a

    return TeamDescription(
        one.source, one.kind, one.name or other.name,
        agreed(msg("mode"), one.mode, other.mode), agreed(msg("algorithm"), one.algorithm, other.algorithm),
        tuple(_united([*one.members, *other.members])), one.macs | other.macs,
        agreed(msg("LACP timer"), one.lacp_timer, other.lacp_timer),
        other.negotiated if one.negotiated is None else one.negotiated, one.active or other.active,
        one.primary or other.primary,
    )  # fmt: skip


def _united(adapters: Sequence[Adapter]) -> list[Adapter]:
    found: list[Adapter] = []
    for adapter in adapters:
        place = next((at for at, known in enumerate(found) if known.is_same(adapter)), None)
        if place is None:
            found.append(adapter)
        else:
            found[place] = found[place].joined(adapter)
    return found


def _completed(team: TeamDescription, adapters: Sequence[Adapter]) -> TeamDescription:
    """With the adapters' MACs, speeds and names. The adapter called like the team is the team NIC."""
    members = []
    for member in team.members:
        for adapter in adapters:
            if member.is_same(adapter):
                member = member.joined(adapter)
        members.append(member)
    own = [adapter for adapter in adapters if _same(adapter.name, team.name) and not _among(adapter, members)]
    return replace(team, members=tuple(members), macs=team.macs.union(*(adapter.macs for adapter in own)))


def _among(adapter: Adapter, members: Sequence[Adapter]) -> bool:
    return any(member.is_same(adapter) for member in members)


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()


def mac_of(text: object) -> frozenset[int]:
    """The MAC that a text is, in any spelling, with no separators too; empty for what is none, and for all zeros."""
    if not isinstance(text, str):
        return frozenset()
    plain = text.strip()
    if len(plain) == 12 and plain.isalnum():
        plain = ":".join(plain[at : at + 2] for at in range(0, 12, 2))
    number = mac_number(plain)
    return frozenset([number]) if number else frozenset()
