"""Rules of findings: each is registered once, and its numbers have labels."""

from __future__ import annotations

import pytest

from flowmap.finding import Finding, Key, Rule, Rules
from flowmap.message import msg


def test_a_code_is_registered_once() -> None:
    rules = Rules()
    rules.add(Rule("FM101"))
    with pytest.raises(ValueError, match="FM101 is registered twice"):
        rules.add(Rule("FM101"))


@pytest.mark.parametrize("code", ["FM601", "FM1011", "fm101", "capture_drops", ""])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no code of a finding"):
        Rules().add(Rule(code))


def test_a_number_without_a_label_is_refused_where_it_is_registered() -> None:
    with pytest.raises(ValueError, match="packets, which FM101 rests on, has no label"):
        Rules().add(Rule("FM101", (Key("packets", msg("")),)))


def test_a_number_has_one_meaning_in_all_rules() -> None:
    rules = Rules()
    rules.add(Rule("FM101", (Key("packets", msg("packets")),)))
    with pytest.raises(ValueError, match="or two"):
        rules.add(Rule("FM102", (Key("packets", msg("packets, all of them")),)))


@pytest.mark.parametrize(
    ("subject", "evidence"), [({}, {"bytes": 1}), ({"port": "eth0"}, {}), ({}, {"packets": 1, "x": 2})]
)
def test_a_finding_about_what_has_no_label_cannot_be_made(subject: dict[str, str], evidence: dict[str, int]) -> None:
    rule = Rule("FM101", (Key("packets", msg("packets")),))
    assert Finding(rule, "info", msg("It is so."), {"member": "nic1"}, {"packets": 1}).code == "FM101"
    with pytest.raises(ValueError, match="FM101 has no label for"):
        Finding(rule, "info", msg("It is so."), subject, evidence)


def test_what_may_explain_a_finding_begins_with_the_most_exact() -> None:
    rules = Rules()
    for code, place in (("FM207", 3), ("FM208", 1), ("FM210", 2)):
        rules.add(Rule(code, explains={"FM202": place}))
    rules.add(Rule("FM211"))
    explained = rules.add(Rule("FM202"))
    assert rules.explaining(explained) == ("FM208", "FM210", "FM207")
    assert rules.explaining(rules["FM211"]) == ()


def test_a_rule_that_explains_what_is_no_rule_is_refused() -> None:
    rules = Rules()
    rules.add(Rule("FM207", explains={"FM202": 1}))
    with pytest.raises(ValueError, match="FM207 explains FM202, which is no rule"):
        rules.check()
    rules.add(Rule("FM202"))
    rules.check()


def test_causes_come_before_what_follows_and_the_grave_before_the_rest() -> None:
    cause, follows = Rule("FM501", rank=1), Rule("FM101")
    told = [Finding(rule, severity, msg("It is so.")) for severity in ("info", "error") for rule in (follows, cause)]
    ordered = sorted(told, key=lambda finding: finding.urgency)
    assert [(finding.code, finding.severity) for finding in ordered] == [
        ("FM501", "error"),
        ("FM101", "error"),
        ("FM501", "info"),
        ("FM101", "info"),
    ]
