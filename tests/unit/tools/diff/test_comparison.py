"""Two reports side by side: each thing that is compared, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from factories import SECOND, T0, make_answer, make_finding, make_member, make_report

from flowmap.document.model import Balance, BalanceNumbers, Migration, Report, ReportSettings, Team, Tool
from flowmap.settings.config import Settings
from flowmap.tools.diff.comparison import compare, comparison_values, render_comparison


def told(before: Report, after: Report) -> dict[str, Any]:
    return comparison_values(compare(before, after, ("a.json", "b.json")))


def migration(number: int, seconds: int, size: int, source: str = "10.77.0.11", **more: Any) -> Migration:
    return Migration(
        id=number,
        platform="qemu",
        source_host=source,
        destination_host="10.77.0.100",
        streams=[number],
        first_ns=T0,
        last_ns=T0 + seconds * SECOND,
        bytes=size,
        mean_bps=size * 8 // seconds,
        **more,
    )


def test_a_report_does_not_differ_from_itself_made_at_another_time_by_another_version() -> None:
    answer = make_answer(sentence="otherwise said")
    other = make_report(tool=Tool(version="9.9"), generated_at="2027-01-01T00:00:00Z", answer=answer)
    comparison = compare(make_report(), other, ("a.json", "b.json"))
    assert comparison.differences == 0
    assert "No differences." in render_comparison(comparison, 80, False)


def _claims(report: Report, **changes: Any) -> Any:
    spread = report.claims.spread.model_copy(update=changes)
    return report.claims.model_copy(update={"spread": spread})


BASE = make_report()


@pytest.mark.parametrize(
    ("changes", "place", "values"),
    [
        ({"verdict": "fail"}, ("claims", "verdict"), ("inconclusive", "fail")),
        ({"claims": _claims(BASE, verdict="pass")}, ("claims", "spread"), ("inconclusive", "pass")),
        ({"claims": _claims(BASE, members_used=2)}, ("claims", "members_used"), (1, 2)),
        ({"team": Team(host="10.77.0.100", mode="balance-xor")}, ("team", "mode"), ("lacp", "balance-xor")),
        ({"balance": Balance(rx=BalanceNumbers(jain=1.0, max_over_mean=1.6))}, ("balance", 1, "jain"), (0.74, 1.0)),
        (
            {"members": [make_member("nic1", usable=False), make_member("nic2", wire_bytes=4_767_020)]},
            ("members", 0, "usable"),
            (True, False),
        ),
    ],
)
def test_one_change_is_one_difference(changes: dict[str, Any], place: tuple[Any, ...], values: tuple[Any, Any]) -> None:
    seen = told(BASE, make_report(**changes))
    assert seen["differences"] == 1
    for step in place:
        seen = seen[step]
    assert (seen["before"], seen["after"]) == values


def test_what_reads_the_same_does_not_differ() -> None:
    reports = [make_report(migrations=[migration(1, 10, size)]) for size in (11_765_000_000, 11_765_000_400)]
    comparison = compare(*reports, ("a.json", "b.json"))
    assert comparison.differences == 0
    values = comparison_values(comparison)["migrations"][0]["bytes"]
    assert (values["before"], values["after"]) == (11_765_000_000, 11_765_000_400)


def test_load_moves_from_one_member_to_a_new_one() -> None:
    before = make_report(
        members=[make_member("nic1", wire_bytes=300), make_member("bond0", aggregate=True, wire_bytes=300)]
    )
    after = make_report(members=[make_member("nic1", wire_bytes=100), make_member("nic3", wire_bytes=300)])
    first, second = told(before, after)["members"]
    assert (first["subject"], first["share"]) == ("nic1", {"before": 100.0, "after": 25.0})
    assert (second["subject"], second["share"]) == ("nic3", {"before": None, "after": 75.0})


def test_speed_of_migrations_is_all_bytes_over_all_their_time() -> None:
    """1000 B in 1 s and 3000 B in 3 s: 8 kbit/s; then 4000 B in 2 s: 16 kbit/s, twice as fast."""
    before = make_report(migrations=[migration(1, 1, 1000), migration(2, 3, 3000, "10.77.0.12")])
    after = make_report(migrations=[migration(1, 2, 4000)])
    everything, *pairs = told(before, after)["migrations"]
    assert everything["mean_bps"] == {"before": 8000, "after": 16000}
    assert (everything["count"], everything["bytes"]) == ({"before": 2, "after": 1}, {"before": 4000, "after": 4000})
    assert [pair["subject"] for pair in pairs] == ["10.77.0.11 -> 10.77.0.100", "10.77.0.12 -> 10.77.0.100"]
    assert pairs[1]["mean_bps"] == {"before": 8000, "after": None}
    assert "(+100 %)" in render_comparison(compare(before, after, ("a", "b")), 80, False)


def test_findings_that_are_gone_and_new() -> None:
    seen = told(make_report(findings=[make_finding(code="FM301")]), make_report(findings=[make_finding(code="FM201")]))
    assert (seen["findings_gone"], seen["findings_new"], seen["differences"]) == (["FM301"], ["FM201"], 2)


def test_other_settings_are_said_but_are_no_difference() -> None:
    comparison = compare(BASE, make_report(settings=ReportSettings.of(Settings(top=1))), ("a", "b"))
    assert (comparison.other_settings, comparison.differences) == (["top"], 0)
    assert "other settings: top" in render_comparison(comparison, 80, False)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit_and_names_are_harmless(width: int) -> None:
    names = ["nic1", "long-name-of-a-member" * 5, "\x1b[2J"]
    after = make_report(members=[make_member(name, wire_bytes=n) for n, name in enumerate(names)])
    text = render_comparison(compare(BASE, after, ("a" * 100, "b")), width, False)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text


def test_a_long_list_is_cut_and_says_so() -> None:
    members = [make_member(f"m{n}", wire_bytes=n) for n in range(60)]
    text = render_comparison(compare(make_report(members=[]), make_report(members=members), ("a", "b")), 80, False)
    assert "... and 20 more" in text
