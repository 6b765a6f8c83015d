"""LACP as it goes wrong: the LACPDUs of a healthy recorded bond, changed in one respect.

different-sources is an Open vSwitch bond of two members (balance-tcp, fast timers, 9 s) with real migrations. `HOST` and
`SWITCH` are its two systems. Offsets are those of an untagged LACPDU (IEEE 802.1AX 6.4.2.3) from the destination MAC on.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

from kit.recordings import Change, Record, Team, at_speed, edited, read

__all__ = ["RECIPES"]

HOST, SWITCH = bytes.fromhex("024856aa0001"), bytes.fromhex("024856cc0001")
OTHER_SWITCH = bytes.fromhex("024856dd0001")
_ACTOR, _PARTNER = 18, 38
_SYSTEM, _KEY, _PORT, _STATE = 2, 8, 12, 14
_SHORT, _AGGREGATION, _SYNC, _COLLECTING, _DISTRIBUTING, _DEFAULTED, _EXPIRED = 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80
_ACTIVE = 0x01
_NIC2 = "hvT_nic2"

Edit = Callable[[float, str, bytearray], None]
"""(seconds since the team's first frame, member, LACPDU to change)"""


def _is_lacpdu(data: bytes) -> bool:
    return data[12:15] == b"\x88\x09\x01"


def _actor(data: bytes) -> bytes:
    return bytes(data[_ACTOR + _SYSTEM : _ACTOR + _SYSTEM + 6])


def _party(data: bytes, system: bytes) -> int | None:
    """Where a LACPDU speaks of this system: as its actor or as its partner."""
    return next((at for at in (_ACTOR, _PARTNER) if data[at + _SYSTEM : at + _SYSTEM + 6] == system), None)


def _lacpdus(change: Edit, folder: str = "different-sources") -> Team:
    def each(at: float, member: str, one: Record) -> Iterable[Record]:
        if not _is_lacpdu(one.data):
            return [one]
        data = bytearray(one.data)
        change(at, member, data)
        return [replace(one, data=bytes(data))]

    return edited(read(folder), each)


def _bits(system: bytes, off: int = 0, on: int = 0, members: tuple[str, ...] = (_NIC2,), since: float = 0) -> Edit:
    """State bits of one system, both as it says them and as the other repeats them."""

    def change(at: float, member: str, data: bytearray) -> None:
        party = _party(data, system)
        if member in members and party is not None and at >= since:
            data[party + _STATE] = data[party + _STATE] & ~off | on

    return change


def _both(first: Edit, second: Edit) -> Edit:
    def change(at: float, member: str, data: bytearray) -> None:
        first(at, member, data)
        second(at, member, data)

    return change


def _number(system: bytes, field: int, value: int, since: float = 0, members: tuple[str, ...] = (_NIC2,)) -> Edit:
    """A key or port number of one system."""

    def change(at: float, member: str, data: bytearray) -> None:
        party = _party(data, system)
        if member in members and party is not None and at >= since:
            struct.pack_into(">H", data, party + field, value)

    return change


def other_key() -> Team:
    """The switch has nic2 in another channel group: key 7."""
    return _lacpdus(_number(SWITCH, _KEY, 7))


def other_key_later() -> Team:
    """From second 4 on the switch has nic2 in another channel group."""
    return _lacpdus(_number(SWITCH, _KEY, 7, since=4))


def same_partner_port() -> Team:
    """The switch calls both ports number 1."""
    return _lacpdus(_number(SWITCH, _PORT, 1, members=("hvT_nic1", _NIC2)))


def both_passive() -> Team:
    """Neither side of nic2 is active."""
    return _lacpdus(_both(_bits(HOST, off=_ACTIVE), _bits(SWITCH, off=_ACTIVE)))


def one_passive() -> Team:
    """The switch is passive, which is allowed: it answers."""
    return _lacpdus(_bits(SWITCH, off=_ACTIVE))


def out_of_sync() -> Team:
    """The switch holds nic2 back as a hot standby: Sync, Collecting and Distributing clear."""
    return _lacpdus(_bits(SWITCH, off=_SYNC | _COLLECTING | _DISTRIBUTING))


def never_distributing() -> Team:
    """The host never sets Distributing on nic2; streams were recorded there all the same."""
    return _lacpdus(_bits(HOST, off=_DISTRIBUTING))


def collecting_first() -> Team:
    """The switch sets Distributing on nic2 a second after Collecting, as a port that joins."""

    def change(at: float, member: str, data: bytearray) -> None:
        if at < 1.5:
            _bits(SWITCH, off=_DISTRIBUTING)(at, member, data)

    return _lacpdus(change)


def partner_lost_twice() -> Team:
    """The switch loses the host on nic2 in seconds 3 and 6, Expired and then Defaulted, and finds it again."""

    def change(at: float, member: str, data: bytearray) -> None:
        if member == _NIC2 and _actor(data) == SWITCH and int(at) in (3, 6):
            data[_ACTOR + _STATE] = data[_ACTOR + _STATE] & ~(_SYNC | _DISTRIBUTING) | (
                _EXPIRED if at < 6 else _DEFAULTED
            )

    return _lacpdus(change)


def partner_lost_once() -> Team:
    """The same in second 3 only: one interruption."""

    def change(at: float, member: str, data: bytearray) -> None:
        if member == _NIC2 and _actor(data) == SWITCH and int(at) == 3:
            data[_ACTOR + _STATE] = data[_ACTOR + _STATE] & ~(_SYNC | _DISTRIBUTING) | _EXPIRED

    return _lacpdus(change)


def other_switch_later() -> Team:
    """From second 4 on another switch is at the end of nic2."""

    def change(at: float, member: str, data: bytearray) -> None:
        party = _party(data, SWITCH)
        if member == _NIC2 and party is not None and at >= 4:
            data[party + _SYSTEM : party + _SYSTEM + 6] = OTHER_SWITCH

    return _lacpdus(change)


def sends_too_seldom() -> Team:
    """2.5 times as slow, and of the switch's LACPDUs on nic2 every third is left: one in 7.5 s, although the host asks for one
    each second. The others come in 2.5 s, which is late but in time."""
    return edited(at_speed(read("different-sources"), 0.4), _every_third())


def slow_as_asked() -> Team:
    """The same, and the host asks for the slow rate."""
    team = at_speed(_lacpdus(_bits(HOST, off=_SHORT)), 0.4)
    return edited(team, _every_third())


def _every_third() -> Change:
    seen = [0]

    def change(_at: float, member: str, one: Record) -> Iterable[Record]:
        if member != _NIC2 or not _is_lacpdu(one.data) or _actor(one.data) != SWITCH:
            return [one]
        seen[0] += 1
        return [one] if seen[0] % 3 == 1 else []

    return change


def _repeated(times: int) -> Team:
    def change(_at: float, member: str, one: Record) -> Iterable[Record]:
        if member != _NIC2 or not _is_lacpdu(one.data) or _actor(one.data) != SWITCH:
            return [one]
        return [replace(one, ts_ns=one.ts_ns + number * 900_000_000 // times) for number in range(times)]

    return edited(read("different-sources"), change)


def lacpdu_storm() -> Team:
    """Each LACPDU of the switch on nic2 comes 15 times in a second."""
    return _repeated(15)


def lacpdus_often() -> Team:
    """Each comes 5 times: more than is needed, and allowed."""
    return _repeated(5)


def timers_differ() -> Team:
    """The switch asks for the slow rate on both members, the host for the fast one."""
    return _lacpdus(_bits(SWITCH, off=_SHORT, members=("hvT_nic1", _NIC2)))


def passed_on() -> Team:
    """LACPDUs of a third system come in on nic2 between those of the switch, as a simple bridge would pass them on."""

    def change(_at: float, member: str, one: Record) -> Iterable[Record]:
        if member != _NIC2 or not _is_lacpdu(one.data) or _actor(one.data) != SWITCH:
            return [one]
        data = bytearray(one.data)
        data[_ACTOR + _SYSTEM : _ACTOR + _SYSTEM + 6] = data[6:12] = OTHER_SWITCH
        return [one, replace(one, data=bytes(data), ts_ns=one.ts_ns + 300_000_000)]

    return edited(read("different-sources"), change)


def crossed() -> Team:
    """On nic2 the host hears the switch's port 9, while what comes in there is of another port: fibres are crossed."""

    def change(_at: float, member: str, data: bytearray) -> None:
        if member == _NIC2 and _actor(data) == HOST and _party(data, SWITCH) == _PARTNER:
            struct.pack_into(">H", data, _PARTNER + _PORT, 9)

    return _lacpdus(change)


def looped() -> Team:
    """On nic2 the host's partner is itself: two of its ports are cabled to each other."""

    def change(_at: float, member: str, data: bytearray) -> None:
        party = _party(data, SWITCH)
        if member == _NIC2 and party is not None:
            data[party + _SYSTEM : party + _SYSTEM + 6] = HOST

    return _lacpdus(change)


def _with_markers(answered: bool) -> Team:
    """In seconds 2, 3 and 4 the switch sends a marker on nic2."""

    def change(at: float, member: str, one: Record) -> Iterable[Record]:
        if member != _NIC2 or not _is_lacpdu(one.data) or _actor(one.data) != SWITCH or not 2 <= at < 5:
            return [one]
        number = struct.pack(">HI", 2, round(at))
        markers = [_marker(one.data[6:12], 1, number)]
        markers += [_marker(HOST, 2, number)] if answered else []
        return [one, *(Record(one.ts_ns + 1_000_000 * turn, data, len(data)) for turn, data in enumerate(markers, 1))]

    return edited(read("different-sources"), change)


def _marker(source: bytes, kind: int, port_and_transaction: bytes) -> bytes:
    """IEEE 802.1AX 6.5.3.3: the response repeats port, system and transaction of the marker."""
    port, transaction = port_and_transaction[:2], port_and_transaction[2:]
    body = b"\x02\x01" + bytes([kind, 22]) + port + SWITCH + transaction + bytes(2) + bytes(92)
    return bytes.fromhex("0180c2000002") + source + b"\x88\x09" + body


def marker_unanswered() -> Team:
    """Three markers of the switch on nic2, and no response."""
    return _with_markers(answered=False)


def marker_answered() -> Team:
    """The same markers, each with its response a millisecond later."""
    return _with_markers(answered=True)


def collecting_only() -> Team:
    """The switch never sets Distributing on nic2."""
    return _lacpdus(_bits(SWITCH, off=_DISTRIBUTING))


_ALL = (
    both_passive,
    collecting_first,
    collecting_only,
    crossed,
    lacpdu_storm,
    lacpdus_often,
    looped,
    marker_answered,
    marker_unanswered,
    never_distributing,
    one_passive,
    other_key,
    other_key_later,
    other_switch_later,
    out_of_sync,
    partner_lost_once,
    partner_lost_twice,
    passed_on,
    same_partner_port,
    sends_too_seldom,
    slow_as_asked,
    timers_differ,
)
RECIPES: dict[str, Callable[[], Team]] = {recipe.__name__.replace("_", "-"): recipe for recipe in _ALL}
