"""The team's description held against the captures: what of it is missing in them, or of them in it."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.message import listed, msg
from flowmap.notice import Notice
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter

__all__ = ["description_notices"]


def description_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield members that are described but not captured, or the other way round."""
    described = team.described
    if described is None or not described.team.members:
        return
    path = described.team.source
    if described.team.lacks is not None:
        yield Notice(
            "team_incomplete",
            msg(
                "it names the members of {team}, but not its mode: add the output of {command}, or write the mode as "
                "TOML (mode = ...)",
                team=described.team.title,
                command=described.team.lacks,
            ),
            path=path,
        )
    if not described.members:
        yield _unmatched(described)
        return
    for adapter in described.uncaptured:
        matters = _may_carry(adapter, described, team)
        detail = (
            msg(
                "{member} is in the team by its description, but was not captured: what it carried is not known",
                member=adapter.title,
            )
            if matters
            else msg(
                "{member} is in the team by its description, and was not captured; it carries nothing there",
                member=adapter.title,
            )
        )
        yield Notice("member_uncaptured", detail, adapter.title, path, undermines=matters)
    for number in described.undescribed:
        name = team.members[number].name
        yield Notice(
            "member_undescribed",
            msg("{member} was captured, but is not in the team by its description", member=name),
            name,
            path,
        )


def _unmatched(described: Described) -> Notice:
    """Return the notice that no described member is known to be among the captures."""
    names, path = listed([one.title for one in described.team.members]), described.team.source
    if described.team.of_switch:
        detail = msg(
            "it is the switch's own text, and the captures do not tell which member is on which of its ports "
            "({names}): LLDP or CDP in the captures would",
            names=names,
        )
        return Notice("team_unmatched", detail, path=path, severity="info")
    detail = msg(
        "none of the described members ({names}) is among the captures, by MAC, interface or file name", names=names
    )
    return Notice("team_unmatched", detail, path=path)


def _may_carry(adapter: Adapter, described: Described, team: TeamFacts) -> bool:
    """Return whether it could have: not one that stands by or is down, nor any but the active one where only one carries."""
    if adapter.role == "standby" or adapter.up is False or described.team.kept_out(adapter):
        return False
    alone = team.expectation.one_member_scope("tx") == "team" and team.expectation.one_member_scope("rx") == "team"
    captured = {one.title for one in described.members.values()}
    return not (alone and described.team.active in captured)
