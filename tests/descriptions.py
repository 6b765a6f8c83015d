"""Descriptions of teams as tests read them: the outputs beside the tests of descriptions, parsed and joined."""

from __future__ import annotations

from pathlib import Path

from flowmap.team.description.joined import described_teams
from flowmap.team.description.model import TeamDescription
from flowmap.team.read import parse_description

FOLDER = Path(__file__).parent / "unit" / "team" / "description" / "described"


def text(name: str) -> bytes:
    """An output, as the host printed it."""
    return (FOLDER / name).read_bytes()


def teams(*data: bytes) -> list[TeamDescription]:
    """The teams that several outputs describe together."""
    return described_teams(parse_description(one, f"file{number}") for number, one in enumerate(data))


def only(*data: bytes) -> TeamDescription:
    """The one team that they describe."""
    (team,) = teams(*data)
    return team
