"""Migrations: a row each, and on a narrow page what limited them below."""

from __future__ import annotations

from factories import make_report

from flowmap.report.blocks import Pairs, Table, Word
from flowmap.report.sections.streams.migrations import migrations_section


def test_what_limited_a_migration_stands_in_its_row_and_below_a_narrow_table() -> None:
    (table,) = [block for block in migrations_section(make_report()).blocks if isinstance(block, Table)]
    limit = table.rows[0][-1]
    assert isinstance(limit, Word)
    assert (limit.text, limit.why) == ("sender", "it had nothing to send")
    assert table.columns[-1].wide
    (narrow,) = table.narrow
    assert isinstance(narrow, Pairs)
    assert narrow.rows == (("limited by", "sender (migration 1): it had nothing to send"),)


def test_no_migration_is_told_as_such() -> None:
    section = migrations_section(make_report(migrations=[]))
    assert (section.blocks, section.empty) == ((), "No migration was seen.")
