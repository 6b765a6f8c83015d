"""The sentences people forward: one for each claim and one for the whole, made of the numbers they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flowmap.message import Message, aside, glue, listed, msg, nmsg, number_word
from flowmap.team.host import address_text
from flowmap.verdict.candidates import Candidates
from flowmap.verdict.chance import one_in
from flowmap.verdict.claims import Pinned, Spread
from flowmap.verdict.facts import Direction, TeamFacts
from flowmap.verdict.flooded import flooded_sentence
from flowmap.verdict.pinned import direction_verdict
from flowmap.verdict.spread import least_units, usable_members
from flowmap.verdict.words import word

__all__ = ["direction_text", "pinned_sentence", "spread_sentence", "summary_sentence", "two_hosts_sentence"]

_INCOMPLETE = {
    "capture_drops": msg("packets lost in capturing"),
    "capture_damaged": msg("damage in the middle"),
    "unreadable_capture": msg("a capture that cannot be read"),
    "missing_bytes": msg("acknowledged bytes that no capture holds"),
    "windows_disjoint": msg("members captured at different times"),
    "window_short": msg("a member whose capture ends before the streams do"),
}


def direction_text(direction: Direction) -> Message:
    """ "10.0.0.1:50000 to 10.0.0.2:6600"."""
    (src, sport), (dst, dport) = direction.src, direction.dst
    source, destination = _endpoint(address_text(src), sport), _endpoint(address_text(dst), dport)
    return msg("{source} to {destination}", source=source, destination=destination)


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def pinned_sentence(pinned: Pinned, team: TeamFacts) -> Message:
    """Claim 1 in a sentence."""
    if pinned.undermined_by:
        return msg(
            "Every migration stream seen sits on one member, but the captures are incomplete ({what}), so this proves "
            "nothing.",
            what=_incomplete(pinned.undermined_by),
        )
    if pinned.why in ("two_hosts", "member_lost", "links_mixed"):
        return _cannot_tell(pinned.why, team)
    if pinned.why == "no_streams":
        return _no_streams(team)
    if pinned.why == "holds":
        return _pinned_holds(pinned, team)
    deciding = [d for s in team.judged for d in s.directions if direction_verdict(d, team) == pinned.verdict]
    direction = next((d for d in deciding if d.placed.placement == pinned.why), deciding[0])
    return _not_pinned(pinned.why, direction, team, aside(_others(direction, deciding)))


def _others(told: Direction, deciding: Sequence[Direction]) -> Message:
    """How many more directions decide beside the one that is told: those placed as it is, then the rest by placement."""
    counts = Counter(direction.placed.placement for direction in deciding)
    alike = counts.pop(told.placed.placement) - 1
    more = nmsg("one more direction like it", "{number} more directions like it", alike, number=number_word(alike))
    rest = [msg("{number} {placement}", number=count, placement=word(name)) for name, count in counts.most_common()]
    return glue(more if alike else "", *rest, between=", ")


def _not_pinned(why: str, direction: Direction, team: TeamFacts, more: Message) -> Message:
    what = direction_text(direction)
    names = listed([team.members[share.member].name for share in direction.shares])
    if why == "sprayed":
        if direction.expected:
            return msg(
                "The stream direction {what} is sprayed packet by packet over {names}, as its mode is configured to "
                "do{more}.", what=what, names=names, more=more,
            )  # fmt: skip
        return msg("The stream direction {what} is sprayed packet by packet over {names}{more}.",
                   what=what, names=names, more=more)  # fmt: skip
    if why == "moved" and direction.placed.too_soon:
        return nmsg(
            "The stream direction {what} changed member once, and the capture ends too soon to tell why{more}.",
            "The stream direction {what} changed member {count} times, and the capture ends too soon to tell why{more}.",
            len(direction.placed.moves), what=what, more=more,
        )  # fmt: skip
    if why == "moved":
        return nmsg(
            "The stream direction {what} changed member once between healthy members ({cause}){more}.",
            "The stream direction {what} changed member {count} times between healthy members ({cause}){more}.",
            len(direction.placed.moves), what=what, cause=word(direction.placed.cause), more=more,
        )  # fmt: skip
    if why == "absent":
        return msg(
            "The direction {what} was captured nowhere, although it was acknowledged{more}.", what=what, more=more
        )
    return msg("The stream direction {what} is on {names}: {reason}{more}.",
               what=what, names=names, reason=direction.placed.reason, more=more)  # fmt: skip


def _pinned_holds(pinned: Pinned, team: TeamFacts) -> Message:
    ways = [direction for stream in team.judged for direction in stream.directions]
    copied = [way for way in ways if way.placed.placement == "mirrored"]
    if len(copied) == len(ways):
        return _all_copied(pinned, max(len(way.shares) for way in ways))
    again = nmsg(
        "One stream-direction was recorded on several members at once, and counts once.",
        "{directions} stream-directions were recorded on several members at once, and count once.",
        len(copied), directions=number_word(len(copied), capital=True),
    ) if copied else ""  # fmt: skip
    return glue(_kept(pinned, [way for way in ways if way.placed.placement == "moved"], team), again)


def _all_copied(pinned: Pinned, members: int) -> Message:
    return nmsg(
        "One migration stream was recorded on {members} members at once: the same packets, counted once.",
        "Each of the {streams} migration streams was recorded on {members} members at once: the same packets, counted once.",
        pinned.streams, streams=number_word(pinned.streams), members=number_word(members),
    )  # fmt: skip


def _kept(pinned: Pinned, moved: Sequence[Direction], team: TeamFacts) -> Message:
    streams = number_word(pinned.streams)
    if not moved:
        return nmsg(
            "One migration stream sits on one member in each direction.",
            "Each of the {streams} migration streams sits on one member in each direction.",
            pinned.streams, streams=streams,
        )  # fmt: skip
    return msg(
        "{keeps}; {changed}.",
        keeps=nmsg(
            "One migration stream keeps to one member at a time",
            "Each of the {streams} migration streams keeps to one member at a time",
            pinned.streams, streams=streams,
        ),
        changed=nmsg(
            "one stream-direction changed member for a reason that is no fault ({causes})",
            "{directions} stream-directions changed member for a reason that is no fault ({causes})",
            len(moved), directions=number_word(len(moved)), causes=listed(_causes(moved, team)),
        ),
    )  # fmt: skip


def _causes(moved: Sequence[Direction], team: TeamFacts) -> list[Message]:
    """Why they moved; of a failover also the members that failed."""
    moves = [move for direction in moved for move in direction.placed.moves if move.cause == "failover"]
    failed = dict.fromkeys(team.members[move.old].name for move in sorted(moves, key=lambda move: move.ts_ns))
    return [
        msg("failover from {members}", members=listed(list(failed))) if cause == "failover" and failed else word(cause)
        for cause in sorted({str(direction.placed.cause) for direction in moved})
    ]


def _no_streams(team: TeamFacts) -> Message:
    if team.bulk_unmatched:
        return nmsg(
            "No stream uses a known migration port, but one stream carried bulk: name the port with --migration-port.",
            "No stream uses a known migration port, but {streams} streams carried bulk: name the port with "
            "--migration-port.",
            team.bulk_unmatched, streams=number_word(team.bulk_unmatched),
        )  # fmt: skip
    return msg("No migration stream was captured, so there is nothing to judge.")


def _cannot_tell(why: str, team: TeamFacts) -> Message:
    if why == "two_hosts":
        return two_hosts_sentence(team)
    if why == "links_mixed":
        mixed = [member.name for member in team.team_members if member.links_mixed]
        return nmsg(
            "{names} holds packets of several links that cannot be told apart: capture or export each member by itself.",
            "{names} hold packets of several links that cannot be told apart: capture or export each member by itself.",
            len(mixed), names=listed(mixed),
        )  # fmt: skip
    return msg("The capture was taken on all interfaces with link type SLL, which does not record the member.")


def two_hosts_sentence(team: TeamFacts) -> Message:
    """Whose captures they are."""
    hosts = team.two_hosts.members if team.two_hosts else ""
    return msg("The captures are of two hosts, not of one team: analyze each host by itself ({hosts}).", hosts=hosts)


def _incomplete(codes: Sequence[str]) -> Message:
    return listed(list(dict.fromkeys(_INCOMPLETE.get(code, code.replace("_", " ")) for code in codes)))


def spread_sentence(spread: Spread, team: TeamFacts, candidates: Candidates | None = None) -> Message:
    """Claim 2 in a sentence. `candidates`: the modes that the packets leave, where none was given."""
    if spread.undermined_by:
        return msg("The hosts seen spread over the members, which incomplete captures cannot prove.")
    if spread.why in ("two_hosts", "member_lost", "links_mixed"):
        return _cannot_tell(spread.why, team)
    if spread.why == "no_streams":
        return _no_streams(team)
    if spread.why == "one_captured":
        return msg("Only one member of the team was captured: capture the others at the same time.")
    if spread.why == "one_host":
        return _one_host(spread, team)
    if spread.why == "flooded":
        return flooded_sentence(team, candidates, number_word(spread.hosts))
    if spread.why in ("one_usable", "mode"):
        return _one_member(spread, team)
    if spread.why == "sprayed":
        return msg("Every stream is sprayed over several members, so hosts cannot be told apart by member.")
    if spread.why == "apart":
        return msg(
            "The members were captured at different times, so whether hosts spread cannot be seen: capture all members at the "
            "same time."
        )
    return _by_chance(spread, team)


def _one_tunnel(spread: Spread, team: TeamFacts) -> Message | None:
    """What the team sees where all judged streams are in one tunnel; None where they are not."""
    bulk = [stream.bulk for stream in team.judged if stream.bulk.shares and stream.bulk.side == spread.side]
    tunnels = [direction.tunnel for direction in bulk if direction.tunnel]
    ends = {(tunnel.src, tunnel.dst) for tunnel in tunnels}
    if not tunnels or len(tunnels) < len(bulk) or len(ends) > 1:
        return None
    headers = {tunnel.header for tunnel in tunnels}
    (src, dst), one_flow = ends.pop(), len(headers) == 1 and None not in headers
    between = {"tunnel": tunnels[0].name, "src": address_text(src), "dst": address_text(dst)}
    if one_flow:
        return msg(
            "All migration traffic is in one {tunnel} tunnel from {src} to {dst} with one outer header: the team sees a single "
            "flow, so one member is expected. Capture migrations through several tunnels at once.",
            **between,
        )
    return msg(
        "All migration traffic is in {tunnel} tunnels from {src} to {dst}: the team sees one remote host, told apart by the "
        "outer source port at most. Capture migrations with several tunnel endpoints at once.",
        **between,
    )


def _one_host(spread: Spread, team: TeamFacts) -> Message:
    sentence = _one_tunnel(spread, team) or msg(
        "All migration traffic is with one host, so whether distinct hosts spread cannot be seen: "
        "capture migrations from several hosts at once."
    )
    dead = _unusable(team)
    return glue(sentence, msg("{why}.", why=_why_unusable(team, dead[0])) if dead else "")


def _one_member(spread: Spread, team: TeamFacts) -> Message:
    hosts = number_word(spread.hosts)
    if spread.why == "one_usable":
        dead = _unusable(team)
        facts = {"hosts": hosts, "member": spread.detail}
        why = _why_unusable(team, dead[0]) if dead else msg("No other member could be used")
        if apart := _apart(team, dead[0]) if dead else None:
            return msg(
                "{why}, so all {hosts} hosts had only {member}: connect all members to one switch, or make the switches "
                "one LACP system (MLAG, stack).", why=why, **facts,
            ) if apart == "different_systems" else msg(
                "{why}, so all {hosts} hosts had only {member}: put the ports into one channel group of equal speed.", why=why,
                **facts,
            )  # fmt: skip
        return nmsg(
            "{why}, so all {hosts} hosts had only {member}: check LACP on that switch port.",
            "{why}, so all {hosts} hosts had only {member}: check LACP on those switch ports.", len(dead), why=why, **facts,
        )  # fmt: skip
    return msg("All {hosts} hosts used one member, as this teaming mode makes it: {reason}.",
               hosts=hosts, reason=spread.detail)  # fmt: skip


def _unusable(team: TeamFacts) -> list[int]:
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = usable_members(team, judged) if judged else []
    return [member.number for member in team.team_members if judged and member.number not in usable]


def _why_unusable(team: TeamFacts, member: int) -> Message:
    name = team.members[member].name
    systems = team.lacp.systems(member)
    if not systems:
        return msg("{member} showed no LACPDU while the other members did", member=name)
    if len(systems) == 1:
        (only,) = systems.values()
        return nmsg(
            "{member} never joined the team (no answer to its {count} LACPDU)",
            "{member} never joined the team (no answer to its {count} LACPDUs)", only.count, member=name,
        )  # fmt: skip
    apart = _apart(team, member)
    if apart == "different_systems":
        return msg("{member} is connected to another LACP system than the other members", member=name)
    if apart == "different_keys":
        return msg("{member} is in another LACP group than the other members", member=name)
    return msg("{member} was never in sync, collecting and distributing on both sides", member=name)


def _apart(team: TeamFacts, member: int) -> str | None:
    """What tells the member's LACP partner from that of other members; None where nothing does."""
    kinds = [one.kind for one in team.lacp.findings(team.lacp_host) if member in one.members]
    return next((kind for kind in ("different_systems", "different_keys") if kind in kinds), None)


def _by_chance(spread: Spread, team: TeamFacts) -> Message:
    names = {member: team.members[member].name for member in spread.counts}
    landed = listed([
        msg("{number} on {member}", number=count, member=names[member]) for member, count in spread.counts.items()
    ])  # fmt: skip
    if spread.why == "unlikely":
        return msg("{units} landed unevenly ({landed}), which chance does {chance}: look for a coarse hash key.",
                   units=_units(spread, capital=True), landed=landed, chance=_chance(spread))  # fmt: skip
    if spread.why == "holds":
        return msg("{units} spread over {used} of {members} members ({landed}).", units=_units(spread, capital=True),
                   used=spread.members_used, members=len(spread.counts), landed=landed)  # fmt: skip
    used = next((names[member] for member, count in spread.counts.items() if count), msg("one member"))
    idle = [names[member] for member, count in spread.counts.items() if not count]
    enough = least_units(spread, team)
    usable = nmsg("{idle} is usable", "{idle} are usable", len(idle), idle=listed(idle))
    facts = {"units": _units(spread), "used": used, "chance": _chance(spread), "usable": usable}
    if not enough:
        return msg(
            "All {units} landed on {used}, which chance does {chance}; {usable}, so this proves no fault.", **facts
        )
    if spread.unit == "stream":
        return msg("All {units} landed on {used}, which chance does {chance}; {usable}, so this proves no fault: "
                   "capture {enough} streams.", **facts, enough=number_word(enough))  # fmt: skip
    return msg("All {units} landed on {used}, which chance does {chance}; {usable}, so this proves no fault: "
               "capture {enough} hosts.", **facts, enough=number_word(enough))  # fmt: skip


def _units(spread: Spread, *, capital: bool = False) -> Message:
    """ "four hosts", as the subject of a sentence."""
    number = number_word(spread.units, capital=capital)
    if spread.unit == "stream":
        return nmsg("{number} stream", "{number} streams", spread.units, number=number)
    if spread.side == "unknown":  # which end is the team's is not known, so say which end was counted
        return (
            nmsg("{number} sending host", "{number} sending hosts", spread.units, number=number)
            if spread.counted_end == "source" else
            nmsg("{number} receiving host", "{number} receiving hosts", spread.units, number=number)
        )  # fmt: skip
    return nmsg("{number} host", "{number} hosts", spread.units, number=number)


def _chance(spread: Spread) -> Message:
    return one_in(spread.p if spread.p is not None else 1.0)


def summary_sentence(pinned: Pinned, spread: Spread, team: TeamFacts, candidates: Candidates | None = None) -> Message:
    """The answer: what failed, else what is open, else that both claims hold."""
    first, second = pinned_sentence(pinned, team), spread_sentence(spread, team, candidates)
    if pinned.verdict == spread.verdict:
        return first if first == second else glue(first, second)
    for claim, sentence, other in ((pinned, first, spread), (spread, second, pinned)):
        if claim.verdict == "fail" or (claim.verdict == "inconclusive" and other.verdict == "pass"):
            return sentence
    return glue(first, second)
