"""Forecasts. Probabilities are those of domain tables or counted by hand."""

from __future__ import annotations

from itertools import product

import pytest
from loads import load

from flowmap.team.hashes.chooser import find_chooser
from flowmap.verdict.mode.forecast import Load, forecast, load_member, used_members

G = 10**9


def test_a_computed_placement_adds_up_streams_hosts_bytes_and_speed() -> None:
    """Members by the published vectors: source ports 49664, 49665 and 49668 go to member 0 of 2, 49666 to member 1."""
    loads = [load(port) for port in (49664, 49665, 49666, 49668)]
    found = forecast(find_chooser("layer3+4"), 2, loads, 10 * G)
    assert found.members is not None
    assert [(m.streams, m.hosts, m.wire_bytes) for m in found.members] == [(3, 1, 300), (1, 1, 100)]
    assert (found.method, found.used, found.total_bps, found.slowest_bps) == (
        "computed",
        (0, 0, 1),
        20 * G,
        10 * G // 3,
    )
    unknown = forecast(find_chooser("layer3+4"), 2, [*loads, load(1, proto=50)], None)
    assert (unknown.undecided, unknown.total_bps) == (1, None)


def test_older_kernels_place_otherwise_and_a_row_that_names_its_kernel_is_placed_by_that() -> None:
    """Without the shift 49664 goes to member 1 of 2 (published vector)."""
    newest, old = find_chooser("layer3+4"), find_chooser("layer3+4", "3.17")
    assert [load_member(one, 2, load()) for one in (newest, old)] == [0, 1]
    named = Load(load().fields, kernel=old.variant)
    assert load_member(newest, 2, named) == 1
    assert load_member(find_chooser("layer3+4", "6.1"), 2, named) == 0


@pytest.mark.parametrize(
    ("keys", "n", "all_on_one", "some_idle"),
    [(4, 2, 0.125, 0.125), (4, 4, 0.0156, 0.906), (8, 4, 6.1e-5, 0.377), (6, 4, 0.00098, 0.619), (4, 3, 0.037, 5 / 9)],
)
def test_members_used_by_chance(keys: int, n: int, all_on_one: float, some_idle: float) -> None:
    used = used_members(keys, n)
    assert used[1] == pytest.approx(all_on_one, rel=0.01)
    assert 1 - used[n] == pytest.approx(some_idle, rel=0.001)
    assert sum(used) == pytest.approx(1)


def test_members_used_by_chance_is_what_counting_every_way_gives() -> None:
    for keys, n in ((1, 3), (3, 3), (5, 4)):
        ways = [len(set(way)) for way in product(range(n), repeat=keys)]
        assert used_members(keys, n) == pytest.approx([ways.count(u) / len(ways) for u in range(n + 1)])


def test_of_a_secret_hash_equal_keys_share_a_member() -> None:
    """Two hosts with two streams each: by addresses 2 keys, E[used] 1.5, E[max] 1.5; by ports 4 keys, 1.875 and 2.75."""
    loads = [load(port, src) for src in ("10.0.0.11", "10.0.0.12") for port in (50000, 50002)]
    by_ip = forecast(find_chooser("ip-addresses"), 2, loads, 10 * G)
    by_port = forecast(find_chooser("transport-ports"), 2, loads, 10 * G)
    assert (by_ip.method, by_ip.keys, by_ip.expected_used, by_ip.busiest) == ("chance", 2, 1.5, 1.5)
    assert (by_port.keys, by_port.expected_used, by_port.busiest) == (4, 1.875, 2.75)
    assert (by_ip.total_bps, by_port.total_bps) == (15 * G, 18.75 * G)


def test_modes_without_a_hash() -> None:
    loads = [load(50000), load(50002)]
    answers = {name: forecast(find_chooser(name), 2, loads, G) for name in ("balance-rr", "active-backup", "broadcast")}
    assert {name: (one.expected_used, one.total_bps) for name, one in answers.items()} == {
        "balance-rr": (2, 2 * G),
        "active-backup": (1, G),
        "broadcast": (2, G),
    }
