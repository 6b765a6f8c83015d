"""The parts of the report that describe the team: members, their captures, LACP, clocks, epochs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from flowmap.document.base import Model, Nanoseconds, Number, Text
from flowmap.words import FitVerdict, HostSource, ModeSource, Way

__all__ = [
    "CaptureInfo",
    "Clock",
    "ClockOffset",
    "Epoch",
    "Lacp",
    "Member",
    "MemberCounters",
    "ModeCandidate",
    "ModeClue",
    "ModeExpectation",
    "Neighbor",
    "Team",
]


class Team(Model):
    """The teamed host and how its team is set up, as far as known."""

    name: Text | None = None
    host: Text | None = Field(default=None, description="an address or MAC of the teamed host; null: unknown")
    host_source: HostSource = Field(
        default="unknown",
        description="how the teamed host was found: --local, a description, the direction recorded with packets, the "
        "MAC in every frame, the address common to all migrations, ARP or neighbour discovery, the LACP system that also "
        "sends",
    )
    mode: Text | None = Field(
        default=None, description="where it is inferred, the name of a family of modes that behave alike"
    )
    algorithm: Text | None = None
    mode_source: ModeSource = Field(
        default="unknown",
        description="config: an option or a description; inferred: the packets refute all other families of modes, and "
        "something speaks for this one, or LACP bundles members. An inferred mode decides no verdict, nor a direction's "
        "`expected`",
    )
    expectations: list[ModeExpectation] = Field(
        default=[], description="of each direction what the mode does, given or inferred; empty where no mode is known"
    )
    addresses: list[Text] = Field(default=[], description="IP addresses of the teamed host")
    macs: list[Text] = Field(default=[], description="MACs of the teamed host")
    clues: list[ModeClue] = Field(default=[], description="what the packets tell of the mode, whatever was configured")
    candidates: list[ModeCandidate] = Field(
        default=[], description="all modes known, the likeliest first; empty where nothing tells of the mode"
    )


class ModeExpectation(Model):
    """What the mode does in one direction (tx is the host's choice, rx the switch's), and whether what was seen is that."""

    direction: Way
    as_expected: bool | None = Field(default=None, description="null: cannot be told")
    detail: Text


class ModeClue(Model):
    """A fact that tells of the teaming mode."""

    clue: str = Field(
        pattern="^[a-z0-9_]+$", description="which fact; the table of modes says what it is for and against"
    )
    value: str | None = Field(default=None, description="what it is about, where the clue alone does not say: a policy")
    detail: Text


class ModeCandidate(Model):
    """A row of the table of modes, and what the packets tell of it."""

    platform: str
    mode: str
    algorithm: str | None = None
    verdict: FitVerdict = Field(
        description="fits: something speaks for it and nothing against, which proves nothing; untestable: nothing does either"
    )
    score: int = Field(description="sum of the weights of what speaks for it; compares candidates that fit")
    supported_by: list[str] = Field(default=[], description="clues for it")
    refuted_by: list[str] = Field(default=[], description="clues against it")


class ClockOffset(Model):
    """What was found out about one member's clock, against the reference member's."""

    member: Text
    offset_ns: int = Field(description="to subtract from this member's times; 0 where the clocks may well be one")
    uncertainty_ns: int | None = Field(
        default=None, description="half the width of what is possible; null: not bounded"
    )
    drift_ppm: Number | None = Field(default=None, description="parts per million; null: not measurable")
    corrected: bool = Field(description="whether the offset was taken out before judging")


class Clock(Model):
    """How the members' clocks compare."""

    reference: Text | None = Field(default=None, description="the member the others are compared with")
    offsets: list[ClockOffset] = Field(default=[])


class Epoch(Model):
    """An interval in which the set of members in use did not change."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds
    members: list[Text]


class CaptureInfo(Model):
    """One capture's part in a member. A capture with several interfaces has a part in several members."""

    path: Text
    format: Text = Field(description="pcap, pcap-ns, pcap-modified, pcapng, ...")
    link_types: list[Text] = Field(default=[], description="names of the link types")
    packets: int
    wire_bytes: int
    captured_bytes: int
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    snaplen: int | None = Field(default=None, description="most bytes kept of a packet; null: not limited")
    drops: int | None = Field(default=None, description="packets the capture says it lost; null: it does not say")
    truncated: bool = Field(default=False, description="the last record is cut off")
    damaged: bool = Field(default=False, description="broken in the middle; what came before is counted")


class Lacp(Model):
    """The last word of LACP on a member: actor is the teamed host, partner the switch.

    Where the packets do not tell which is the host, actor is the lower of the two systems.
    """

    actor_system: str | None = None
    actor_key: int | None = None
    actor_port: int | None = None
    actor_state: int | None = Field(default=None, description="state bits, IEEE 802.1AX 6.4.2.3; 0x38 = in the bundle")
    partner_system: str | None = None
    partner_key: int | None = None
    partner_port: int | None = None
    partner_state: int | None = None
    lacpdus_tx: int = Field(default=0, description="LACPDUs from the teamed host")
    lacpdus_rx: int = Field(default=0, description="LACPDUs to the teamed host")
    bundled: bool | None = Field(
        default=None,
        description="whether both sides were in sync, collecting and distributing at some time in a transfer; where none was "
        "judged, at any time",
    )
    reason: Text | None = Field(default=None, description="why not, or why that is not known")


class Neighbor(Model):
    """The switch and port that a member is plugged into, as they announce themselves."""

    protocol: Literal["lldp", "cdp"]
    system: Text | None = None
    chassis: Text | None = None
    port: Text | None = None
    description: Text | None = None
    speed_bps: int | None = Field(
        default=None, description="of the port, by the medium that it announces; null: it does not"
    )


class MemberCounters(Model):
    """What the counters of the host, or of its switch, say of a member between two readings. Seen from the host."""

    of: Text = Field(description="what printed the counters that packets and bytes are of")
    rx_packets: int | None = None
    tx_packets: int | None = None
    rx_bytes: int | None = None
    tx_bytes: int | None = None
    rx_drops: int | None = None
    tx_drops: int | None = None
    rx_errors: int | None = None
    tx_errors: int | None = None
    rdma_rx_bytes: int | None = Field(default=None, description="of RDMA, past the host's network stack")
    rdma_tx_bytes: int | None = None
    vf_rx_bytes: int | None = Field(default=None, description="of virtual functions (SR-IOV)")
    vf_tx_bytes: int | None = None
    port_rx_bytes: int | None = Field(default=None, description="of all that was on the port")
    port_tx_bytes: int | None = None
    missed_packets: int | None = Field(
        default=None,
        description="packets that were counted and that no capture of the member holds, with those between the readings and "
        "the capture; null: cannot be compared",
    )
    slack_packets: int | None = Field(
        default=None, description="how many of them may have been before or after the capture"
    )
    backwards: list[str] = Field(default=[], description="counters that fell between the readings, and are not used")
    one_reading: bool = Field(
        default=False, description="there is one reading only, which tells nothing of the capture's time"
    )


class Member(Model):
    """One physical port of the team."""

    name: Text
    description: Text | None = Field(default=None, description="of the interface, as the capture has it")
    captures: list[CaptureInfo] = Field(default=[])
    packets: int = 0
    wire_bytes: int = 0
    wire_packets: int | None = Field(
        default=None,
        description="packets on the wire that its records stand for, as far as its streams are listed: large frames of "
        "segmentation offload are ceil(payload / segment) each, records at several layers are one; null: not known",
    )
    tx_bytes: int | None = Field(
        default=None,
        description="wire bytes from the teamed host; null: host unknown or two, or the member is left out",
    )
    rx_bytes: int | None = Field(default=None, description="wire bytes to the teamed host; null as for tx_bytes")
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    classes: dict[str, int] = Field(default={}, description="packets by what they were; adds up to packets")
    speed_bps: int | None = Field(
        default=None, description="bits per second, from --speed, the capture, --team, or else the switch's LLDP"
    )
    described_as: Text | None = Field(
        default=None, description="which member of the --team description it is; null: none"
    )
    peak_bps: int | None = Field(default=None, description="busiest 100 ms, bits per second")
    usable: bool | None = Field(default=None, description="whether traffic could have been placed on it; null: unknown")
    copy_of: Text | None = Field(default=None, description="the member that it holds nothing but copies of; null: none")
    other_team: bool = Field(
        default=False, description="left out as a member of another team of the host; aggregate is true then too"
    )
    aggregate: bool = Field(
        default=False, description="carries the union of the others (bond, team NIC, vSwitch): left out of placement"
    )
    lacp: Lacp | None = Field(default=None, description="null: no LACP on the team")
    neighbor: Neighbor | None = None
    counters: MemberCounters | None = Field(default=None, description="null: no counters are of this member")
