"""Names of EtherTypes and protocols as IEEE and IANA list them, and which of them may hold TCP."""

from __future__ import annotations

import pytest

from flowmap.decode.rare.protocols import ETHERTYPES, HARMLESS_ETHERTYPES, HARMLESS_PROTOCOLS, PROTOCOLS


@pytest.mark.parametrize(
    ("number", "name"),
    [(8, "egp"), (46, "rsvp"), (50, "esp"), (88, "eigrp"), (89, "ospf"), (103, "pim"), (112, "vrrp"), (132, "sctp")],
)
def test_protocols_are_called_as_iana_calls_them(number: int, name: str) -> None:
    assert PROTOCOLS[number].casefold().startswith(name)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x0842, "Wake-on-LAN"),
        (0x8137, "IPX"),
        (0x888E, "EAPOL"),
        (0x88A2, "ATA over Ethernet"),
        (0x88E5, "MACsec"),
        (0x88F7, "PTP"),
        (0x8906, "FCoE"),
        (0x8915, "RoCE"),
    ],
)
def test_ethertypes_are_called_as_ieee_lists_them(number: int, name: str) -> None:
    assert ETHERTYPES[number] == name


def test_what_may_hold_tcp_is_not_harmless() -> None:
    """TRILL, jumbo LLC, MACsec, HSR and NSH carry whole frames; ESP, L2TPv3, MPLS and Ethernet in IP whole packets."""
    assert HARMLESS_ETHERTYPES.isdisjoint({0x22F3, 0x8870, 0x88E5, 0x892F, 0x894F})
    assert HARMLESS_PROTOCOLS.isdisjoint({4, 6, 17, 41, 47, 50, 97, 108, 115, 137, 143})
    assert set(ETHERTYPES) > HARMLESS_ETHERTYPES
    assert set(PROTOCOLS) > HARMLESS_PROTOCOLS
