"""The sentences people forward: one for each claim and one for the whole, made of the numbers they rest on."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.team.host import address_text
from flowmap.verdict.chance import one_in, smallest_failing_total
from flowmap.verdict.claims import Pinned, Spread
from flowmap.verdict.facts import Direction, StreamFacts, TeamFacts
from flowmap.verdict.pinned import direction_verdict
from flowmap.verdict.spread import usable_members

__all__ = ["direction_text", "join", "pinned_sentence", "plural", "spread_sentence", "summary_sentence"]

_INCOMPLETE = {
    "capture_drops": "packets lost in capturing",
    "capture_damaged": "damage in the middle",
    "unreadable_capture": "a capture that cannot be read",
    "missing_bytes": "acknowledged bytes that no capture holds",
    "windows_disjoint": "members captured at different times",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def plural(number: int, word: str) -> str:
    """"one host", "four hosts", "12 hosts"."""
    shown = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{shown} {word}{'s' * (number != 1)}"


def join(words: Sequence[str]) -> str:
    """"a", "a and b", "a, b and c"; beyond six the rest is counted."""
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def direction_text(direction: Direction) -> str:
    """"10.0.0.1:50000 to 10.0.0.2:6600"."""
    (src, sport), (dst, dport) = direction.src, direction.dst
    return f"{_endpoint(address_text(src), sport)} to {_endpoint(address_text(dst), dport)}"


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def pinned_sentence(pinned: Pinned, team: TeamFacts) -> str:
    """Claim 1 in a sentence."""
    if pinned.undermined_by:
        return f"Every migration stream seen sits on one member, but {_undermined(pinned.undermined_by)}."
    if pinned.why in ("two_hosts", "member_lost", "links_mixed"):
        return _cannot_tell(pinned.why, team)
    if pinned.why == "no_streams":
        return _no_streams(team)
    if pinned.why == "holds":
        return _pinned_holds(pinned, team)
    deciding = [d for s in team.judged for d in s.directions if direction_verdict(d, team) == pinned.verdict]
    direction = next((d for d in deciding if d.placed.placement == pinned.why), deciding[0])
    what = direction_text(direction)
    others = len(deciding) - 1
    more = f" ({plural(others, 'more direction')} like it)" if others else ""
    names = join([team.members[share.member].name for share in direction.shares])
    if pinned.why == "sprayed":
        configured = ", as its mode is configured to do" if direction.expected else ""
        return f"The stream direction {what} is sprayed packet by packet over {names}{configured}{more}."
    if pinned.why == "moved":
        count = len(direction.placed.moves)
        times = "once" if count == 1 else f"{count} times"
        if direction.placed.too_soon:
            return f"The stream direction {what} changed member {times}, and the capture ends too soon to tell why{more}."
        return f"The stream direction {what} changed member {times} between healthy members ({direction.placed.cause}){more}."
    if pinned.why == "absent":
        return f"The direction {what} was captured nowhere, although it was acknowledged{more}."
    return f"The stream direction {what} is on {names}: {direction.placed.reason}{more}."


def _pinned_holds(pinned: Pinned, team: TeamFacts) -> str:
    moved = [d for s in team.judged for d in s.directions if d.placed.placement == "moved"]
    base = f"{'Each of the ' if pinned.streams > 1 else ''}{plural(pinned.streams, 'migration stream')}"
    if not moved:
        return _capital(f"{base} sits on one member in each direction.")
    causes = join(sorted({str(d.placed.cause) for d in moved}))
    return _capital(
        f"{base} keeps to one member at a time; {plural(len(moved), 'stream-direction')} changed member for a reason "
        f"that is no fault ({causes})."
    )


def _no_streams(team: TeamFacts) -> str:
    if team.bulk_unmatched:
        return (
            f"No stream uses a known migration port, but {plural(team.bulk_unmatched, 'stream')} carried bulk: "
            "name the port with --migration-port."
        )
    return "No migration stream was captured, so there is nothing to judge."


def _cannot_tell(why: str, team: TeamFacts) -> str:
    if why == "two_hosts":
        return f"The captures are of two hosts, not of one team: {team.two_hosts}."
    if why == "links_mixed":
        mixed = join([member.name for member in team.team_members if member.links_mixed])
        return f"{mixed} holds packets of several links that cannot be told apart: capture or export each member by itself."
    return "The capture was taken on all interfaces with link type SLL, which does not record the member."


def _undermined(codes: Sequence[str]) -> str:
    named = dict.fromkeys(_INCOMPLETE.get(code, code.replace("_", " ")) for code in codes)
    return f"the captures are incomplete ({join(list(named))}), so this proves nothing"


def spread_sentence(spread: Spread, team: TeamFacts) -> str:
    """Claim 2 in a sentence."""
    if spread.undermined_by:
        return f"The hosts seen spread over the members, but {_undermined(spread.undermined_by)}."
    if spread.why in ("two_hosts", "member_lost", "links_mixed"):
        return _cannot_tell(spread.why, team)
    if spread.why == "no_streams":
        return _no_streams(team)
    if spread.why == "one_captured":
        return "Only one member of the team was captured: capture the others at the same time."
    if spread.why == "one_host":
        return _one_host(spread, team)
    if spread.why in ("one_usable", "mode", "flooded"):
        return _one_member(spread, team)
    if spread.why == "sprayed":
        return "Every stream is sprayed over several members, so hosts cannot be told apart by member."
    return _by_chance(spread, team)


def _one_host(spread: Spread, team: TeamFacts) -> str:
    sentence = (
        "All migration traffic is with one host, so whether distinct hosts spread cannot be seen: "
        "capture migrations from several hosts at once"
    )
    dead = _unusable(team)
    return sentence + (f". {_why_unusable(team, dead[0])}." if dead else ".")


def _one_member(spread: Spread, team: TeamFacts) -> str:
    hosts = f"all {plural(spread.hosts, 'host')}"
    if spread.why == "one_usable":
        dead = _unusable(team)
        why = _why_unusable(team, dead[0]) if dead else "No other member could be used"
        action = f": check LACP on {'that switch port' if len(dead) == 1 else 'those switch ports'}"
        return f"{why}, so {hosts} had only {spread.detail}{action}."
    if spread.why == "mode":
        return _capital(f"{hosts} used one member, as this teaming mode makes it: {spread.detail}.")
    return (
        f"The switch does not aggregate these ports (broadcasts arrive on every member), so {hosts} reach the team on "
        "one member: configure a LAG on the switch, or a mode that receives on several members."
    )


def _unusable(team: TeamFacts) -> list[int]:
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = usable_members(team, judged) if judged else []
    return [member.number for member in team.team_members if judged and member.number not in usable]


def _why_unusable(team: TeamFacts, member: int) -> str:
    name = team.members[member].name
    systems = team.lacp.systems(member)
    if not systems:
        return f"{name} showed no LACPDU while the other members did"
    if len(systems) == 1:
        (only,) = systems.values()
        return f"{name} never joined the team (no answer to its {only.count} LACPDU{'s' * (only.count != 1)})"
    return f"{name} was never in sync, collecting and distributing on both sides"


def _by_chance(spread: Spread, team: TeamFacts) -> str:
    units = plural(spread.units, spread.unit or "host")
    names = {member: team.members[member].name for member in spread.counts}
    landed = join([f"{count} on {names[member]}" for member, count in spread.counts.items()])
    chance = one_in(spread.p if spread.p is not None else 1.0)
    if spread.why == "unlikely":
        return f"{_capital(units)} landed unevenly ({landed}), which chance does {chance}: look for a coarse hash key."
    if spread.why == "holds":
        return f"{_capital(units)} spread over {spread.members_used} of {len(spread.counts)} members ({landed})."
    used = next((names[member] for member, count in spread.counts.items() if count), "one member")
    idle = [names[member] for member, count in spread.counts.items() if not count]
    enough = smallest_failing_total(len(spread.counts))
    advice = f": capture {plural(enough, spread.unit or 'host')}" if enough else ""
    return (
        f"All {units} landed on {used}, which chance does {chance}; {join(idle)} {'is' if len(idle) == 1 else 'are'} "
        f"usable, so this proves no fault{advice}."
    )


def summary_sentence(pinned: Pinned, spread: Spread, team: TeamFacts) -> str:
    """The answer: what failed, else what is open, else that both claims hold."""
    first, second = pinned_sentence(pinned, team), spread_sentence(spread, team)
    if pinned.verdict == spread.verdict:
        return first if first == second else f"{first} {second}"
    for claim, sentence, other in ((pinned, first, spread), (spread, second, pinned)):
        if claim.verdict == "fail" or (claim.verdict == "inconclusive" and other.verdict == "pass"):
            return sentence
    return f"{first} {second}"


def stream_label(stream: StreamFacts) -> str:
    """"stream 3 (10.0.0.1:50000 to 10.0.0.2:6600)"."""
    return f"stream {stream.number} ({direction_text(stream.bulk)})"
