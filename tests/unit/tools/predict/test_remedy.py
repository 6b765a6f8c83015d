"""The cheapest change that puts streams on more members, by published vectors and by arithmetic."""

from __future__ import annotations

from typing import Any

from loads import load

from flowmap.team.hashes.chooser import Chooser, find_chooser
from flowmap.tools.predict.remedy import cheapest_change
from flowmap.verdict.mode.forecast import Load, forecast


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


def test_where_no_hash_decides_another_mode_is_the_only_change() -> None:
    loads = [load(50000), load(50002)]
    assert [change(mode, 2, loads).kind for mode in ("balance-rr", "active-backup", "broadcast")] == [
        "none",
        "mode",
        "mode",
    ]
