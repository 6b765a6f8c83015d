"""FM1xx: what findings about placements rest on."""

from __future__ import annotations

from flowmap.verdict.findings.placement import rules


def test_moves_are_listed_for_what_moved() -> None:
    having = {code for code in rules.__all__ if "moves" in {key.name for key in getattr(rules, code).evidence}}
    assert having == {"FM102", "FM103", "FM104", "FM105", "FM106"}
