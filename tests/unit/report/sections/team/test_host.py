"""The team as a whole: which host has it, and what time was judged."""

from __future__ import annotations

from factories import make_finding, make_report

from flowmap.report.sections.team.host import host_unknown, team_pairs


def test_a_host_is_told_with_how_it_was_found() -> None:
    rows = dict(team_pairs(make_report()).rows)
    assert rows["teamed host"] == "10.77.0.100 (by its MAC)"
    assert "time judged" not in rows


def test_captures_of_several_hosts_have_no_one_teamed_host() -> None:
    team = make_report().team.model_copy(update={"host": None})
    report = make_report(team=team, findings=[make_finding(code="FM307")])
    assert dict(team_pairs(report).rows)["teamed host"] == "several"
    assert not host_unknown(report)
    assert host_unknown(make_report(team=team))


def test_a_time_that_was_asked_for_is_told_with_what_is_of_the_whole_captures() -> None:
    settings = make_report().settings.model_copy(update={"from_ns": 0})
    said = dict(team_pairs(make_report(settings=settings)).rows)["time judged"]
    assert said.startswith("from 1970-01-01")
    assert said.endswith("; packets and share of all bytes are of the whole captures")
