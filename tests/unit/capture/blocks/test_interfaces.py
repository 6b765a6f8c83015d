"""The table of a capture's interfaces: numbers by section, drops, windows (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

from flowmap.capture import layout
from flowmap.capture.blocks.interfaces import InterfaceTable
from flowmap.capture.blocks.pcapng import Description, Statistics, Unit
from flowmap.types import TimeUnit

ETHERNET = 1


def described(name: str = "eth0", snaplen: int = 0, clock: Unit | None = None) -> Description:
    return Description(ETHERNET, snaplen, name, None, None, 10**9, 4, None, clock or Unit())


def stats(
    number: int = 0,
    *,
    at: tuple[int | None, int | None] = (None, None),
    ifdrop: int | None = None,
    osdrop: int | None = None,
) -> Statistics:
    return Statistics(number, at[0], at[1], None, ifdrop, None, osdrop)


def table(*names: str) -> InterfaceTable:
    made = InterfaceTable()
    made.begin_section(big=False)
    for name in names:
        made.add(described(name))
    return made


def test_numbers_begin_anew_in_each_section() -> None:
    made = table("a", "b")
    made.begin_section(big=True)
    made.add(described("c", snaplen=96))
    assert [(one.name, one.ordinal, one.section, one.interface_id) for one in made.interfaces] == [
        ("a", 0, 1, 0),
        ("b", 1, 1, 1),
        ("c", 2, 2, 0),
    ]
    assert made.current["snaplen"].tolist() == [96]
    assert made.state[layout.S_BIG] == 1


def test_the_only_interface_of_a_pcap_file() -> None:
    made = InterfaceTable()
    made.add_pcap(ETHERNET, 262144, 4)
    (one,) = made.interfaces
    assert (one.section, one.link_type, one.snaplen, one.fcs_len, one.name) == (0, ETHERNET, 262144, 4, None)
    assert made.current[["factor", "unit", "fcs_len"]].tolist() == [(1000, TimeUnit.MULTIPLY, 4)]


def test_drops_are_the_larger_of_what_packets_and_statistics_say() -> None:
    made = table("a", "b", "c", "d")
    made.state[layout.STATE_SIZE + 0] = 7
    made.state[layout.STATE_SIZE + 1] = 7
    made.add_statistics(stats(1, ifdrop=4, osdrop=5))
    made.add_statistics(stats(2, osdrop=0))
    assert made.drops == {0: 7, 1: 9, 2: 0}  # nobody says anything of the last


def test_later_statistics_replace_earlier_ones() -> None:
    made = table("a")
    made.add_statistics(stats(ifdrop=9, at=(1, 2)))
    made.add_statistics(stats(ifdrop=5))
    assert made.drops == {0: 5}
    assert made.windows == {0: (1000, 2000)}  # microseconds, the default


def test_windows_are_in_the_interface_s_clock() -> None:
    made = InterfaceTable()
    made.begin_section(big=False)
    made.add(described(clock=Unit(TimeUnit.MULTIPLY, 1, 100)))  # nanoseconds, 100 s ahead
    made.add(described(clock=Unit(TimeUnit.SHIFT, 10)))  # 1/1024 s
    made.add(described(clock=Unit(TimeUnit.MULTIPLY, 10**9)))
    made.add_statistics(stats(0, at=(5, 6)))
    made.add_statistics(stats(1, at=(512, 1024)))
    made.add_statistics(stats(2, at=(1, 2**62)))  # beyond 64 bits of nanoseconds
    assert made.windows == {0: (100 * 10**9 + 5, 100 * 10**9 + 6), 1: (500_000_000, 10**9)}


def test_statistics_are_of_this_section_s_interfaces() -> None:
    made = table("a", "b")
    made.begin_section(big=False)
    made.add(described("c"))
    made.add_statistics(stats(0, ifdrop=3))
    made.add_statistics(stats(1, ifdrop=4))  # this section has one
    assert made.drops == {2: 3}


def test_after_damage_no_more_are_known() -> None:
    made = table("a")
    made.seal(section=False)
    made.add(described("b"))
    assert [one.name for one in made.interfaces] == ["a"]
    assert len(made.current) == 1
    made.seal(section=True)
    assert len(made.current) == 0
    made.begin_section(big=False)
    made.add(described("c"))
    assert [(one.name, one.interface_id) for one in made.interfaces] == [("a", 0), ("c", 0)]


def test_it_grows() -> None:
    made = table(*(f"i{number}" for number in range(100)))
    made.state[layout.STATE_SIZE + 99] = 2
    assert made.drops == {99: 2}
    assert len(made.current) == 100
