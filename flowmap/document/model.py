"""The report as a document: every field, its unit and its closed set of values.

One `Report` holds everything the writers show; nothing is computed here. Every field is always present, unknown is
null. Times are integer nanoseconds since 1970-01-01 UTC, lengths are bytes on the wire unless the name says otherwise.
The parts that describe streams are in `streams`, those that describe members in `members`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, WrapSerializer, WrapValidator

from flowmap.document.base import SCHEMA_NOTE, JsonObject, Model, Nanoseconds, Number, Text
from flowmap.document.listing import Listing
from flowmap.document.members import (
    CaptureInfo,
    Clock,
    ClockOffset,
    Epoch,
    Lacp,
    Member,
    MemberCounters,
    ModeCandidate,
    ModeClue,
    ModeExpectation,
    Neighbor,
    Team,
)
from flowmap.document.streams import Direction, DirectionMember, Endpoint, LimitEvidence, Migration, Move, Outer, Stream
from flowmap.notice import Notice
from flowmap.settings.config import Settings
from flowmap.words import (
    AcceptanceState,
    ClaimVerdict,
    Decider,
    FitVerdict,
    Judged,
    Role,
    Severity,
    Side,
    Tone,
    Unit,
    Verdict,
    Way,
)

__all__ = [
    "Acceptance",
    "Accepted",
    "Answer",
    "Balance",
    "BalanceNumbers",
    "CaptureInfo",
    "Claims",
    "Clock",
    "ClockOffset",
    "Direction",
    "DirectionMember",
    "Endpoint",
    "Epoch",
    "Finding",
    "FullTime",
    "Host",
    "Lacp",
    "LimitEvidence",
    "Member",
    "MemberCounters",
    "Migration",
    "ModeCandidate",
    "ModeClue",
    "ModeExpectation",
    "Move",
    "Neighbor",
    "NoticeRow",
    "Outer",
    "Pinned",
    "Policy",
    "PolicyFit",
    "Report",
    "ReportSettings",
    "Spread",
    "SpreadDirection",
    "Stream",
    "Team",
    "Tool",
    "Totals",
    "Verdict",
    "build_checks",
    "json_schema",
]


class Tool(Model):
    """The program that made the report."""

    name: Literal["flowmap"] = "flowmap"
    version: str


class ReportSettings(Model):
    """What the analysis was told, defaults included: with the same input these give the same report.

    What was accepted stands apart, in `accepted`.
    """

    local: list[Text] = Field(default=[], description="addresses or MACs named as the teamed host's")
    default_speed: int | None = Field(default=None, description="speed of members not named, bits per second")
    speeds: dict[Text, int] = Field(default={}, description="speed by member, bits per second")
    mode: Text | None = Field(default=None, description="teaming mode as given")
    algorithm: Text | None = Field(default=None, description="load-balancing algorithm as given")
    team: list[Text] = Field(default=[], description="files that describe the team, as given")
    migration_ports: list[list[int]] | None = Field(
        default=None, description="[first, last] port ranges that replaced the table of known migration ports"
    )
    streams: Judged = Field(default="migration", description="which streams were judged")
    from_ns: Nanoseconds | None = Field(default=None, description="packets before this time were left out")
    to_ns: Nanoseconds | None = Field(default=None, description="packets from this time on were left out")
    top: int = Field(default=50, description="most streams listed that were not judged")
    strict: bool = Field(default=False, description="whether reading stopped at damage")
    thresholds: dict[str, int | float] = Field(default={}, description="every threshold used, by name")
    anonymized: bool = Field(default=False, description="whether addresses and names were replaced (--anonymize)")

    @classmethod
    def of(cls, settings: Settings) -> ReportSettings:
        """Return the settings that decide what is in a report; how fast it was made is left out."""
        values = settings.model_dump(exclude={"jobs", "decoder", "lang", "accept"})
        return cls(**values)


class Answer(Model):
    """The sentence that settles the complaint, made to be forwarded as it is, and what can be done."""

    code: str | None = Field(default=None, description="the finding that it comes from; null: none")
    tone: Tone = Field(
        description="good: nothing to do; note: nothing is broken, worth knowing; warning: it held, but look into it; bad: "
        "something is to be mended, or nothing could be judged"
    )
    sentence: Text
    decider: Decider = Field(
        description="whose choice or fault it is: sent streams are placed by the host, received ones by the switch"
    )
    action: Text = Field(description="what to do, for whoever decides or owns the fault")


class Pinned(Model):
    """Claim 1: each migration stream sits on one member, in every direction. The counts are stream-directions."""

    verdict: ClaimVerdict
    reason: Text = Field(description="one sentence to forward")
    undermined_by: list[str] = Field(
        default=[], description="codes of the notices that turned a pass into inconclusive"
    )
    streams: int = Field(default=0, description="streams judged")
    directions: int = Field(default=0, description="stream-directions judged")
    single: int = 0
    moved: int = 0
    sprayed: int = 0
    mirrored: int = 0
    undecided: int = 0
    absent: int = 0


class SpreadDirection(Model):
    """Claim 2 in one direction: distinct source hosts spread across the members."""

    verdict: ClaimVerdict = Field(description="not-applicable: fewer than two remote hosts, nothing could spread")
    reason: Text = Field(description="one sentence to forward")
    undermined_by: list[str] = Field(
        default=[], description="codes of the notices that turned a pass into inconclusive"
    )
    direction: Side | None = Field(
        default=None, description="the direction judged, unknown with the teamed host; null: none could be"
    )
    hosts: int = Field(default=0, description="distinct remote hosts; of tunnels those at their other ends")
    unit: Unit | None = Field(default=None, description="what is counted once each")
    units: int = Field(default=0, description="how many units were counted: those that began under the same members")
    members: int = Field(
        default=0, description="members that could have been used when the units began, idle ones included"
    )
    members_used: int = Field(default=0, description="members that a unit landed on")
    counts: dict[Text, int] = Field(default={}, description="units by member")
    p_value: Number | None = Field(
        default=None, description="probability that chance gives this or something less likely; null: not tested"
    )
    p_value_exact: bool | None = Field(default=None, description="false: estimated from random draws with a fixed seed")
    least_units: int | None = Field(
        default=None, description="with fewer units no outcome on so many members could fail; null: not tested"
    )


class Spread(SpreadDirection):
    """Claim 2: the worst of the directions that were judged."""

    directions: list[SpreadDirection] = Field(default=[], description="each direction that migration payload flows in")
    by_counters: dict[Text, int] = Field(
        default={},
        description="bytes by member that bypass the host's captures (RDMA, SR-IOV), both directions, by counters: their "
        "distribution only, no verdict rests on it",
    )


class Claims(Model):
    """The two claims that the overall verdict is made of."""

    pinned: Pinned
    spread: Spread


class Host(Model):
    """One host and how many wire bytes it exchanged on each member."""

    host: Text = Field(description="an address of the host")
    role: Role = Field(
        description="teamed: the host whose team this is; source, destination, both: of migrations; other: neither"
    )
    members: dict[Text, int] = Field(default={}, description="wire bytes by member, both directions")
    tx: dict[Text, int] = Field(default={}, description="wire bytes by member from the teamed host to this host")
    rx: dict[Text, int] = Field(default={}, description="wire bytes by member from this host to the teamed host")


class BalanceNumbers(Model):
    """How even one direction was over all captured members but aggregates, idle ones included, by wire bytes.

    Null where there was no load.
    """

    jain: Number | None = Field(default=None, description="Jain's fairness index, 1/n (one member) to 1 (even)")
    max_over_mean: Number | None = Field(default=None, description="busiest member over the mean, 1 (even) to n")
    cov: Number | None = Field(default=None, description="coefficient of variation, 0 (even) upwards")
    entropy: Number | None = Field(default=None, description="normalised entropy, 0 (one member) to 1 (even)")
    fim: Number | None = Field(default=None, description="flow imbalance: mean deviation of stream counts, percent")
    peak_concurrency: int | None = Field(default=None, description="most judged streams at one time on one member")


class FullTime(Model):
    """A time in which one member was full while others idled (thresholds `imbalance_*`)."""

    direction: Way
    member: Text
    first_ns: Nanoseconds
    last_ns: Nanoseconds
    used: Number = Field(description="part of its speed that it carried, on the average")
    load_bps: int = Field(description="what it carried, bits per second on the wire")
    speed_bps: int
    idle_bps: dict[Text, int] = Field(
        default={}, description="what the members that idled carried meanwhile, bits per second"
    )


class Balance(Model):
    """Evenness by direction; it has no verdict."""

    tx: BalanceNumbers = BalanceNumbers()
    rx: BalanceNumbers = BalanceNumbers()
    full: list[FullTime] | None = Field(
        default=None, description="when a member was full while others idled; null: no speed, or no direction, is known"
    )


class PolicyFit(Model):
    """Whether a hash key or a known policy explains the placements of one direction."""

    key: str | None = Field(default=None, description="header fields that would decide, null where a policy is named")
    policy: str | None = Field(default=None, description="a known policy, null where only a key is meant")
    verdict: FitVerdict = Field(
        description="fits: could have been refuted and was not, which proves nothing; untestable: too little to tell"
    )
    groups: int | None = Field(
        default=None,
        description="of a key: groups of equal key that could have refuted it; of a policy: independent placements",
    )
    refuted_by: JsonObject | None = Field(default=None, description="the group, or the two streams, that did")
    p: Number | None = Field(
        default=None, description="probability of matching by chance, with all its variants; null: not tested, or a key"
    )
    variants: list[str] | None = Field(
        default=None,
        description="variants of the policy that match (Linux: first kernel release); null: none, or a key",
    )
    detail: Text | None = Field(default=None, description="why it is untestable, or what limits the verdict")


class Policy(Model):
    """tx is the host's choice, rx the switch's."""

    tx: list[PolicyFit] = Field(default=[])
    rx: list[PolicyFit] = Field(default=[])


class Accepted(Model):
    """Why a finding is known and lived with (`[[accept]]`). It changes no verdict."""

    reason: Text
    by: Text | None = None
    until: str | None = Field(default=None, description="its last day, ISO 8601; null: until it is taken out")
    changed: list[Text] = Field(default=[], description="what differs from the evidence that was accepted")


class Acceptance(Accepted):
    """What was accepted in advance, and what came of it."""

    code: str = Field(description="of the finding or notice")
    subject: JsonObject = Field(default={}, description="what it is about; empty: anything")
    state: AcceptanceState = Field(
        description="used: there are such findings; unused: none was found; ended: its last day is over, it no longer holds"
    )
    findings: int = Field(default=0, description="how many findings and notices it covers")


class Finding(Model):
    """Something a person should know, with what it rests on and what to do."""

    code: str = Field(pattern="^FM[1-5][0-9]{2}$", description="stable; `flowmap explain CODE` tells more")
    severity: Severity
    title: Text
    subject: JsonObject = Field(default={}, description="what it is about: stream, direction, members, host, ...")
    evidence: JsonObject = Field(default={}, description="the numbers it rests on")
    explanation: Text = Field(description="what it means, in a sentence or two")
    action: Text = Field(description="what to do")
    wireshark_filter: Text | None = Field(default=None, description="display filter that shows the packets")
    accepted: Accepted | None = Field(default=None, description="null: it is not accepted")


class NoticeRow(Model):
    """A counted oddity of the input."""

    code: str = Field(pattern="^[a-z0-9_]+$", description="stable; `flowmap explain CODE` tells more")
    severity: Severity
    member: Text | None = None
    path: Text | None = None
    first_offset: int | None = Field(default=None, description="byte offset in the capture of the first one")
    packet_number: int | None = Field(default=None, description="of the first one, counting from 1")
    count: int = 1
    detail: Text
    undermines: bool = Field(default=False, description="whether it turns a pass into inconclusive")

    @classmethod
    def of(cls, notice: Notice) -> NoticeRow:
        """Return the row of a notice that a stage made."""
        return cls(**asdict(notice))


class Totals(Model):
    """What was read, and how much of it is listed here."""

    packets: int = 0
    wire_bytes: int = 0
    flows: int = Field(default=0, description="rows that --flows writes")
    streams: int = Field(default=0, description="TCP streams seen")
    streams_judged: int = 0
    streams_listed: int = Field(default=0, description="streams in this report: those judged, and others up to --top")


def _listed(value: Any, validate: Callable[[Any], Any]) -> Any:
    return value if isinstance(value, Listing) else validate(value)


def _written(value: Any, write: Callable[[Any], Any]) -> Any:
    return write(list(value))


if TYPE_CHECKING:
    Streams = Sequence[Stream]
    Migrations = Sequence[Migration]
    Hosts = Sequence[Host]
else:
    Streams = Annotated[list[Stream], WrapValidator(_listed), WrapSerializer(_written)]
    Migrations = Annotated[list[Migration], WrapValidator(_listed), WrapSerializer(_written)]
    Hosts = Annotated[list[Host], WrapValidator(_listed), WrapSerializer(_written)]
"""Lists, or listings that make their parts when they are asked for."""


class Report(Model):
    """Which member of a NIC team carried each stream, whether that is as it should be, and what to do."""

    schema_: Literal["flowmap.report/2"] = Field(
        default="flowmap.report/2", serialization_alias="schema", validation_alias="schema"
    )
    tool: Tool
    generated_at: str = Field(description="when, ISO 8601 in UTC; SOURCE_DATE_EPOCH pins it")
    settings: ReportSettings
    verdict: Verdict = Field(
        description="fail: a claim fails, and the mode does not mean it to; by-design: what was seen is all that such a team "
        "does; inconclusive: the captures cannot tell; pass: else"
    )
    exit_code: int = Field(description="of `flowmap analyze`, before --exit-zero")
    answer: Answer
    to_know_more: list[Text] = Field(default=[], description="what would let flowmap say more")
    claims: Claims
    totals: Totals
    team: Team
    clock: Clock
    epochs: list[Epoch] = Field(default=[], description="intervals with a constant set of members")
    members: list[Member] = Field(default=[])
    streams: Streams = Field(default=[], description="all streams judged, others up to --top by bytes")
    migrations: Migrations = Field(default=[])
    hosts: Hosts = Field(default=[])
    balance: Balance = Balance()
    policy: Policy = Policy()
    findings: list[Finding] = Field(default=[])
    notices: list[NoticeRow] = Field(default=[])
    accepted: list[Acceptance] = Field(default=[], description="what was accepted in advance: used or not, or ended")


_ALWAYS: tuple[type[Model], ...] = (
    *(Tool, ReportSettings, Answer, Pinned, SpreadDirection, Spread, Claims, Totals, ModeClue, ModeCandidate, Team),
    *(ClockOffset, Clock, Epoch, CaptureInfo, Lacp, Member, PolicyFit, Finding, Report),
)
"""The parts that nearly all reports have, those before others of which they are parts."""


def build_checks() -> None:
    """Return build what checks these parts, 20 ms that need not wait until there is something to check."""
    for part in _ALWAYS:
        part.model_rebuild()


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) that every report fulfils."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    described = f"{schema.pop('description', '')} {SCHEMA_NOTE}".strip()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flowmap:report:2",
        "title": schema.pop("title"),
        "description": described,
        **schema,
    }
