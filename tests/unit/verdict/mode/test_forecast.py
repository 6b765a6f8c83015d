"""Forecasts and the changes they lead to. Probabilities are those of domain tables or counted by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from flowmap.team.hashes.chooser import Chooser, find_chooser
from flowmap.team.hashes.fields import Fields
from flowmap.tools.predict.remedy import cheapest_change
from flowmap.verdict.mode.forecast import Load, forecast, load_member, used_members

G = 10**9


def load(
    sport: int = 49664, src: str = "10.0.0.11", dport: int = 6600, wire_bytes: int | None = 100, **more: Any
) -> Load:
    row = {
        "src_mac": "02:00:00:00:00:15",
        "dst_mac": "02:00:00:00:00:2b",
        "src_ip": src,
        "dst_ip": "10.0.0.21",
        "proto": 6,
        "src_port": sport,
        "dst_port": dport,
        **more,
    }
    return Load(Fields.of(row), src, wire_bytes)


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
    assert [cheapest_change(one, loads).kind for one in answers.values()] == ["none", "mode", "mode"]


def change(policy: str, n: int, loads: list[Load]) -> Any:
    return cheapest_change(forecast(find_chooser(policy), n, loads, None), loads)


def test_another_key_is_the_cheapest_change_where_it_splits_the_streams() -> None:
    """layer2+3 sees one pair; layer3+4 puts 49664 and 49666 on two members (published vectors)."""
    told = change("layer2+3", 2, [load(49664), load(49666)])
    assert (told.kind, told.policy, told.used) == ("key", "layer3+4", 2)
    assert change("hyperv-port", 2, [load(49664), load(49666)]).policy == "dynamic"
    assert change("ip", 2, [load(49664), load(49666)]).policy == "4tuple"
    assert change("ip-hash", 2, [load(49664), load(49666)]).policy == "vsphere/lag"


def test_one_stream_needs_more_streams_and_a_key_that_tells_them_apart() -> None:
    """5 streams use both members with 1 - 2^-4 = 0.9375, 4 with 0.875."""
    told = change("layer3+4", 2, [load()])
    assert (told.kind, told.streams, told.policy) == ("streams", 5, None)
    told = change("layer2", 2, [load()])
    assert (told.kind, told.streams, told.policy) == ("streams", 5, "layer3+4")


def test_streams_that_all_collide_get_another_port() -> None:
    """xor of all bytes: equal for every stream; the next destination port changes its last bit."""
    loads = [load(port, dport=6600 ^ port & 0xFF) for port in (49664, 49665, 49666, 49667, 49668, 49669)]
    told = change("xor-4tuple", 2, loads)
    assert told.kind == "ports"
    assert (told.port ^ told.of_port) & 1


def test_more_members_are_the_last_resort() -> None:
    """Last octets 11 ^ 21 = 30 and 13 ^ 21 = 24: even both, so one of 2 members; of 3 also one (0), of 4 two (2 and 0)."""
    loads = [load(src="10.0.0.11"), load(src="10.0.0.13")]
    ip_hash = find_chooser("ip-hash")
    alone = Chooser("other", "ip", ip_hash.policy, ip_hash.variant, platforms=frozenset({"ans"}))
    told = cheapest_change(forecast(alone, 2, loads, None), loads)
    assert (told.kind, told.members) == ("members", 4)


def test_nothing_is_to_be_changed_where_all_members_carry_something() -> None:
    told = change("layer3+4", 2, [load(49664), load(49666)])
    assert (told.kind, told.helps) == ("none", True)
    assert change("layer3+4", 2, []).helps is False
