"""LACPDUs octet by octet from the layout of IEEE 802.1AX, with none of flowmap's code but the type that carries frames."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from flowmap.decode.control import ControlFrame

HOST, OTHER_HOST, SWITCH, OTHER_SWITCH = 0x0200000000AA, 0x0200000000AB, 0x0200000000CC, 0x0200000000CD
S = 10**9
T0 = 1_700_000_000 * S
FAST, SLOW = 0x3F, 0x3D
OUT, IN = 2, 1


def party(system: int, state: int, port: int, key: int) -> bytes:
    return struct.pack("!H6sHHHB3x", 0x8000, system.to_bytes(6, "big"), key, 0x00FF, port, state)


def lacpdu(
    actor: int,
    state: int,
    partner: int = 0,
    partner_state: int = 0,
    *,
    ports: tuple[int, int] = (1, 1),
    key: int = 7,
    partner_key: int | None = None,
) -> bytes:
    """A whole frame of 124 octets; its source MAC is the system with the port in the last octet but one."""
    source = (actor | 0x100 * ports[0]).to_bytes(6, "big")
    other = party(partner, partner_state, ports[1], partner_key or key)
    tlvs = b"\x01\x14" + party(actor, state, ports[0], key) + b"\x02\x14" + other
    body = b"\x01\x01" + tlvs + b"\x03\x10" + bytes(14) + bytes(52)
    return bytes.fromhex("0180c2000002") + source + b"\x88\x09" + body


def talk(member: int, times: Iterable[float], data: bytes, direction: int = 0) -> list[ControlFrame]:
    return [ControlFrame(T0 + round(t * S), member, direction, data) for t in times]


def healthy(
    member: int, times: Iterable[float], state: int = FAST, host: int = HOST, switch: int = SWITCH
) -> list[ControlFrame]:
    times, ports = list(times), (member + 1, member + 11)
    sent = talk(member, times, lacpdu(host, state, switch, state, ports=ports))
    received = talk(member, (t + 0.001 for t in times), lacpdu(switch, state, host, state, ports=ports[::-1]))
    return sent + received
