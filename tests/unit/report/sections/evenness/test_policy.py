"""Hash keys in the text report: what is refuted, what is left, and on how much that rests."""

from __future__ import annotations

from factories import make_report

from flowmap.document.model import Policy, PolicyFit
from flowmap.report.blocks import Line, Table, words_of
from flowmap.report.formats.text.page import render
from flowmap.report.sections.evenness.policy import policy_section


def _text(policy: Policy) -> str:
    text = render(make_report(policy=policy), 200, False, full=True)
    return text.partition("HASH KEYS AND POLICIES")[2].partition("\n\n")[0]


def test_keys_and_policies_are_told_with_what_they_rest_on() -> None:
    fits = [
        PolicyFit(key="mac", verdict="refuted", groups=3),
        PolicyFit(key="ip", verdict="fits", groups=2),
        PolicyFit(key="4tuple", verdict="untestable", groups=0),
        PolicyFit(policy="layer2", verdict="refuted", groups=3),
        PolicyFit(policy="layer3+4", verdict="fits", groups=13, p=0.00025, variants=["4.15", "5.15", "5.18"]),
    ]
    text = _text(Policy(tx=fits))
    assert "tx: refuted: mac; not refuted: ip (2 groups); not testable: 4tuple" in text
    assert "predicts every placement: layer3+4 (4.15 to 5.18), by chance 0.00025; ruled out: layer2" in text


def test_one_group_is_said_to_prove_nothing() -> None:
    text = _text(Policy(rx=[PolicyFit(key="ip", verdict="fits", groups=1)]))
    assert "rx: not refuted: ip (1 group), and one group proves nothing" in text


def test_where_nothing_could_be_tested_that_is_said_and_why() -> None:
    policy = Policy(tx=[PolicyFit(key="ip", verdict="untestable", groups=0, detail="one host only")])
    assert _text(policy).strip() == "No key could be tested: that takes several streams that are equal in it."
    line, table = policy_section(make_report(policy=policy)).blocks
    assert isinstance(line, Line)
    assert isinstance(table, Table)
    assert table.title == "Not testable here"
    assert [(words_of(row[1]), words_of(row[-1])) for row in table.rows] == [("ip", "one host only")]


def test_without_keys_there_is_no_table() -> None:
    section = policy_section(make_report(policy=Policy()))
    assert section.blocks == ()
    assert section.empty.startswith("No key could be tested")
