"""A migration's row: sums of its streams, ends from the largest, speeds over its own time."""

from __future__ import annotations

from typing import Any

from judged_teams import MB, at, limited, stream, team, way

from flowmap.document.build.migrations import migration_rows
from flowmap.facts.model import StreamFacts
from flowmap.flow.streams.migration import Migration


def row(*streams: StreamFacts, of: tuple[int, ...] | None = None) -> Any:
    facts = team(*streams)
    numbers = tuple(one.number for one in streams) if of is None else of
    (made,) = migration_rows(facts, [Migration("qemu", numbers)])
    return made


def test_one_stream() -> None:
    made = row(stream(0, way("rx", 7, 0, payload=8 * MB, peak_bytes=500_000)))
    assert (made.id, made.platform, made.streams) == (1, "qemu", [0])
    assert (made.source_host, made.destination_host) == ("10.0.0.7", "10.0.0.100")
    assert (made.first_ns, made.last_ns) == (at(1), at(9))
    assert made.bytes == 8 * MB
    assert made.mean_bps == 8 * MB  # 8 MB in 8 s are a MB a second, 8 Mbit/s
    assert made.peak_bps == 500_000 * 10 * 8  # busiest 100 ms
    assert (made.limited_by, made.limit_evidence) == (None, None)


def test_several_streams_are_summed() -> None:
    made = row(
        stream(0, way("rx", 7, 0, payload=2 * MB, resent_bytes=5), first_ns=at(0)),
        stream(3, way("rx", 8, 1, payload=6 * MB, resent_bytes=6), last_ns=at(8)),
    )
    assert (made.bytes, made.resent_bytes, made.streams) == (8 * MB, 11, [0, 3])
    assert (made.first_ns, made.last_ns) == (at(0), at(9))
    assert made.source_host == "10.0.0.8"  # of the largest
    assert made.peak_bps is None  # peaks of several do not add up


def test_bytes_are_counted_once_where_that_is_known() -> None:
    made = row(stream(0, way("rx", 7, 0, payload=9 * MB, once_bytes=8 * MB, resent_bytes=MB)))
    assert (made.bytes, made.resent_bytes, made.mean_bps) == (8 * MB, MB, 8 * MB)


def test_what_one_stream_does_not_tell_nobody_knows() -> None:
    known, unknown = way("rx", 7, 0, resent_bytes=5), way("rx", 8, 0, resent_bytes=None)
    assert row(stream(0, known), stream(1, unknown)).resent_bytes is None


def test_a_migration_of_no_time_has_no_speed() -> None:
    assert row(stream(0, way("rx", 7, 0), first_ns=at(1), last_ns=at(1))).mean_bps is None


def test_what_limited_it() -> None:
    made = row(stream(0, way("rx", 7, 0), limit=limited("network", "it waited")))
    assert made.limited_by == "network"
    assert made.limit_evidence.reason == "it waited"


def test_migrations_are_numbered_in_their_order() -> None:
    facts = team(*(stream(number, way("rx", number + 1, 0)) for number in range(3)))
    rows = migration_rows(facts, [Migration("qemu", (2,)), Migration("xen", (0, 1))])
    assert [(one.id, one.platform, one.streams) for one in rows] == [(1, "qemu", [2]), (2, "xen", [0, 1])]
