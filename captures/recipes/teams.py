"""Teams whose switch, router or peers do what the recorded and generated ones do not: MACs, ports and members changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kit.control import arp_reply
from kit.hosts import GATEWAY, TEAM_SYSTEM, remote, target
from kit.recordings import Change, Record, Team, at_speed, edited, read

__all__ = ["RECIPES"]

_ROUTER, _TEAM = (bytes.fromhex(mac.replace(":", "")) for mac in (GATEWAY.mac, TEAM_SYSTEM))
_OWN = bytes.fromhex("00155d420072")
"""What nic2 of 09b-flooded puts into its frames as source MAC."""


def _ipv4(data: bytes) -> bool:
    return data[12:14] == b"\x08\x00"


def _from_host(data: bytes) -> bool:
    return data[6:12] in (_TEAM, _OWN)


def _changed(folder: str, change: Callable[[str, bytearray], None]) -> Team:
    def each(_at: float, member: str, one: Record) -> Iterable[Record]:
        data = bytearray(one.data)
        change(member, data)
        return [replace(one, data=bytes(data))]

    return edited(read(folder), each)


def behind_a_router() -> Team:
    """03b-twelve-hosts-one-member, with the hosts behind the gateway: all they send has its MAC."""

    def change(_member: str, data: bytearray) -> None:
        if _ipv4(data) and data[6:9] == _TEAM[:3]:
            if _from_host(data):
                data[:6] = _ROUTER
            else:
                data[6:12] = _ROUTER

    return _changed("03b-twelve-hosts-one-member", change)


def no_channel() -> Team:
    """09b-flooded, where every broadcast comes in on both members, with the host's one MAC on both."""

    def change(_member: str, data: bytearray) -> None:
        if _from_host(data):
            data[6:12] = _TEAM

    return _changed("09b-flooded", change)


def replies_to_a_member() -> Team:
    """09b-flooded: R2 has asked for the host's MAC by ARP, and yet sends to the source MAC of nic2, where it comes in."""
    team = read("09b-flooded")
    peer = bytes(map(int, remote(2).ip.split(".")))

    def to_member(one: Record) -> bool:
        return _ipv4(one.data) and one.data[26:30] == peer

    moved = [replace(one, data=_OWN + one.data[6:]) for one in team["nic1"] if to_member(one)]
    kept = [one for one in team["nic1"] if not to_member(one)]
    first, reply = kept[0], arp_reply(target(), remote(2))
    kept.insert(1, Record(first.ts_ns + 1000, reply, len(reply)))
    return {"nic1": kept, "nic2": sorted([*team["nic2"], *moved], key=lambda one: one.ts_ns)}


def all_sent_on_one() -> Team:
    """03b-twelve-hosts-one-member, with all that the host sends to others on nic1, and what they send on both by turns."""
    team = read("03b-twelve-hosts-one-member")
    out: Team = {"nic1": [], "nic2": []}
    for member, records in team.items():
        for one in records:
            place = member
            if _ipv4(one.data) and one.data[23] == 6:
                place = "nic1" if _from_host(one.data) else f"nic{1 + one.data[29] % 2}"
            out[place].append(one)
    return {member: sorted(records, key=lambda one: one.ts_ns) for member, records in out.items()}


def _with_ports(change: Callable[[int, int], int]) -> Change:
    """Ports of TCP: (this port, the other) -> what stands in its place."""

    def each(_at: float, _member: str, one: Record) -> Iterable[Record]:
        if not _ipv4(one.data) or one.data[23] != 6:
            return [one]
        data = bytearray(one.data)
        ports = [int.from_bytes(data[at : at + 2], "big") for at in (34, 36)]
        for at, port, other in ((34, *ports), (36, *reversed(ports))):
            data[at : at + 2] = change(port, other).to_bytes(2, "big")
        return [replace(one, data=bytes(data))]

    return each


def even_ports() -> Team:
    """02-one-pair-four-streams, sent from the even ports 50100, 50102, 50104 and 50106."""
    even = {50101: 50100, 50104: 50102, 50107: 50104, 50110: 50106}
    return edited(read("02-one-pair-four-streams"), _with_ports(lambda port, _: even.get(port, port)))


def one_datastore() -> Team:
    """02-one-pair-four-streams as four NFS sessions with one address."""
    return edited(read("02-one-pair-four-streams"), _with_ports(lambda port, _: 2049 if port == 6600 else port))


def several_datastores() -> Team:
    """14a-layer34-2-members as NFS sessions with several addresses, over both members."""
    return edited(read("14a-layer34-2-members"), _with_ports(lambda port, _: 2049 if port == 6600 else port))


def _addresses(ports: dict[int, tuple[int, int]]) -> Change:
    """By the port that T sends from in 02-one-pair-four-streams: (third octet of the network, server port) in their place."""

    def each(_at: float, _member: str, one: Record) -> Iterable[Record]:
        data = bytearray(one.data)
        if _ipv4(one.data) and one.data[23] == 6:
            both = {int.from_bytes(data[at : at + 2], "big"): at for at in (34, 36)}
            for own, (net, server) in ports.items():
                if own in both:
                    data[27] = data[31] = net
                    data[both[6600] : both[6600] + 2] = server.to_bytes(2, "big")
        return [replace(one, data=bytes(data))]

    return each


def migration_on_management() -> Team:
    """02-one-pair-four-streams with its third stream as RDP, and the fourth as HTTP between other addresses of both hosts."""
    return edited(read("02-one-pair-four-streams"), _addresses({50107: (66, 3389), 50110: (77, 80)}))


def migration_network() -> Team:
    """The same, with the migrations between the other addresses."""
    other = dict.fromkeys((50101, 50104, 50110), (77, 6600))
    return edited(read("02-one-pair-four-streams"), _addresses({50107: (66, 3389), **other}))


def two_of_four() -> Team:
    """09a-group-addressed (four hosts over two members) with two members more, on which only LACP is heard."""
    team = read("09a-group-addressed")
    lacp = [one for one in team["nic2"] if one.data[12:14] == b"\x88\x09"]
    return team | {f"nic{number}": [_port_numbered(one, number) for one in lacp] for number in (3, 4)}


def _port_numbered(one: Record, number: int) -> Record:
    """A LACPDU of nic2 as one of another member: ports 3 and 103 in place of 2 and 102, and so in the source MAC."""
    data = bytearray(one.data)
    for at in (31, 51):
        data[at] += number - 2
    data[11] += number - 2
    return replace(one, data=bytes(data))


def _aggregates(first: int, second: int) -> Team:
    """09a-group-addressed, where the switch announces that its ports are in these aggregates (0: in none)."""

    def each(_at: float, member: str, one: Record) -> Iterable[Record]:
        if one.data[12:14] != b"\x88\xcc":
            return [one]
        number = first if member == "nic1" else second
        tlv = bytes([0xFE, 9, 0x00, 0x80, 0xC2, 7, 3 if number else 1]) + number.to_bytes(4, "big")
        data = one.data[:14] + _before_the_end(one.data[14:]) + tlv + b"\0\0"
        return [replace(one, data=data, wire_len=len(data))]

    return edited(read("09a-group-addressed"), each)


def _before_the_end(tlvs: bytes) -> bytes:
    """LLDP's TLVs without the last, which is all zeros."""
    at = 0
    while (head := int.from_bytes(tlvs[at : at + 2], "big")) >> 9:
        at += 2 + (head & 0x1FF)
    return tlvs[:at]


def one_port_alone() -> Team:
    """By LLDP the switch has the port of nic1 in aggregate 5, and that of nic2 in none."""
    return _aggregates(5, 0)


def one_aggregate() -> Team:
    """By LLDP the switch has both ports in aggregate 5."""
    return _aggregates(5, 5)


def no_lacpdus() -> Team:
    """different-sources (an Open vSwitch bond) without its LACPDUs and 12 times as slow: 110 s in which any LACP would have
    been heard."""
    team = edited(read("different-sources"), lambda _at, _member, one: [] if one.data[12:14] == b"\x88\x09" else [one])
    return at_speed(team, 1 / 12)


_ALL = (
    all_sent_on_one,
    behind_a_router,
    even_ports,
    migration_network,
    migration_on_management,
    no_channel,
    no_lacpdus,
    one_aggregate,
    one_datastore,
    one_port_alone,
    replies_to_a_member,
    several_datastores,
    two_of_four,
)
RECIPES: dict[str, Callable[[], Team]] = {recipe.__name__.replace("_", "-"): recipe for recipe in _ALL}
