"""FM3xx: what of LACP comes first, and what keeps members out."""

from __future__ import annotations

from flowmap.verdict.findings.registered import RULES


def test_what_keeps_lacp_from_a_bundle_comes_before_the_state_that_it_is_in_for_that() -> None:
    for cause in ("FM301", "FM303", "FM304", "FM305", "FM310", "FM311", "FM315"):
        assert RULES["FM307"].rank < RULES[cause].rank < RULES["FM302"].rank


def test_members_that_lacp_keeps_out_explain_that_only_one_could_be_used() -> None:
    assert {rule.code for rule in RULES.values() if rule.keeps_out} == {"FM301", "FM302", "FM303", "FM304"}
    assert all("FM201" in rule.explains for rule in RULES.values() if rule.keeps_out)
