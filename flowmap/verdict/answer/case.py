"""What the rules of the answer are given, and what they return."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, Side, StreamFacts, TeamFacts, Verdict
from flowmap.finding import Finding
from flowmap.message import Message
from flowmap.verdict.claims.pinned import direction_verdict
from flowmap.verdict.claims.results import Pinned, Spread
from flowmap.verdict.claims.spread import carrying_streams
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.policy import Choice, ports_in_key
from flowmap.words import Decider, Tone

__all__ = ["Answer", "Case", "Decider", "Tone", "chooser", "failing", "main_side", "used_members"]

_ORDER: tuple[Side, ...] = ("rx", "tx", "unknown")
_CHOOSER: dict[Side, Decider] = {"tx": "host", "rx": "switch", "unknown": "unknown"}


@dataclass(frozen=True)
class Answer:
    """`code` is that of the finding it comes from, if any.

    `action` is for the side that decides or owns the fault; None: what the page of the code says.
    """

    code: str | None
    tone: Tone
    sentence: Message
    decider: Decider
    action: Message | None = None


@dataclass(frozen=True)
class Case:
    """All that was judged.

    `meant`: why a spread that fails, or is improbable, is what the mode means; `proven` where that rests on the packets
    and not on a mode that was given. `tx`, `rx`: placements on one member.
    """

    team: TeamFacts
    pinned: Pinned
    spread: Spread
    candidates: Candidates
    verdict: Verdict
    meant: Message | None = None
    proven: bool = False
    findings: Sequence[Finding] = ()
    tx: Sequence[Choice] = ()
    rx: Sequence[Choice] = ()

    @cached_property
    def carrying(self) -> list[StreamFacts]:
        """The streams that carry migrations; thin ones beside them are left out."""
        return carrying_streams(self.team, [stream for stream in self.team.judged if stream.bulk.shares])

    def finding(self, *codes: str, grave: bool = False) -> Finding | None:
        """Return the first finding of one of these codes; `grave`: not an info."""
        return next(
            (one for one in self.findings if one.code in codes and not (grave and one.severity == "info")), None
        )

    def gravest(self) -> Finding | None:
        """Return the first finding that says that something of the team is wrong: neither a limit nor about the captures."""
        wrong = (one for one in self.findings if not one.rule.is_limit and not one.code.startswith("FM5"))
        return next((one for one in wrong if one.severity != "info"), None)

    def choices(self, side: Side) -> Sequence[Choice]:
        """Return placements on one member in one direction."""
        return self.tx if side == "tx" else self.rx if side == "rx" else ()

    def ports_in_key(self, side: Side) -> bool:
        """Tell whether the side that chooses in this direction hashes ports; see `policy.ports_in_key`."""
        return ports_in_key(self.team, side, self.choices(side))

    def names(self, members: Sequence[int]) -> list[str]:
        """Return the members' names, in their order."""
        return [self.team.members[number].name for number in sorted(set(members))]


def chooser(side: Side) -> Decider:
    """Return who places streams of this direction: sent ones the host, received ones the switch."""
    return _CHOOSER[side]


def used_members(directions: Sequence[Direction]) -> list[int]:
    """Return the members that some of these directions used, ascending; of packets recorded on several members the first."""
    return sorted(
        {
            share.member
            for direction in directions
            for share in direction.shares
            if direction.placed.placement != "mirrored" or share.member == direction.first_member
        }
    )


def failing(case: Case, placement: str) -> list[Direction]:
    """Return the stream-directions of this placement that make the claim `pinned` fail."""
    return [
        d
        for s in case.team.judged
        for d in s.directions
        if d.placed.placement == placement and direction_verdict(d, case.team) == "fail"
    ]


def main_side(directions: Sequence[Direction]) -> tuple[Side, list[Direction]]:
    """Return the side that most of the payload is on, and those of `directions` that are on it."""
    sides = {side: [d for d in directions if d.side == side] for side in _ORDER}
    side = max(_ORDER, key=lambda one: (sum(d.payload_bytes for d in sides[one]), len(sides[one])))
    return side, sides[side]
