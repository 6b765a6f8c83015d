"""What limited the migrations, in few words."""

from __future__ import annotations

import pytest
from factories import make_report

from flowmap.document.model import LimitEvidence, Migration
from flowmap.report.sections.streams.limits import limit_counts, limit_lines


def migration(number: int, limit: str | None, size: int = 1000) -> Migration:
    evidence = None if limit is None else LimitEvidence(reason=f"reason {number}")
    return Migration(
        id=number,
        platform="qemu",
        streams=[number],
        bytes=size,
        limited_by=limit,
        limit_evidence=evidence,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ([], ""),
        (["sender"], "The migration: limited by the sender."),
        (["sender"] * 2, "Both migrations: limited by the sender."),
        (["loss"] * 3, "All 3 migrations: limited by lost packets."),
        (["loss", "sender", "sender"], "Migrations: 2 limited by the sender, 1 limited by lost packets."),
        (["sender", "unknown"], "Migrations: 1 limited by the sender, 1 unknown."),
        (["sender", None], "Migrations: 1 limited by the sender."),
        (["unknown", None], ""),
    ],
)
def test_limits_are_counted_the_most_frequent_first(limits: list[str | None], told: str) -> None:
    migrations = [migration(number, limit) for number, limit in enumerate(limits, 1)]
    assert limit_counts(make_report(migrations=migrations)) == told


def test_a_limit_has_the_reason_of_its_largest_migration_which_is_named_where_others_have_another() -> None:
    own = [migration(1, "loss", 10), migration(2, "loss", 30), migration(3, "cpu"), migration(4, None)]
    lines = limit_lines(own)
    assert len(lines) == 2
    assert lines[0].endswith("(migrations 1 and 2); migration 2, the largest: reason 2")
    assert lines[1].endswith("(migration 3): reason 3")
    same = [one.model_copy(update={"limit_evidence": LimitEvidence(reason="the same")}) for one in own[:2]]
    assert limit_lines(same)[0].endswith("(migrations 1 and 2): the same")
