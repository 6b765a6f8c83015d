"""A display filter that Wireshark takes, for each version of IP."""

from __future__ import annotations

from judged_teams import way

from flowmap.verdict.findings.stream_filter import stream_filter


def test_both_ends_are_named_by_address_and_port() -> None:
    assert stream_filter(way("rx", 1, 0)) == (
        "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.100 && tcp.port == 50000 && tcp.port == 6600"
    )


def test_ipv6_has_a_field_of_its_own() -> None:
    own = way("rx", 1, 0, src=((6, 0xFE80 << 112 | 1), 5), dst=((6, 0x20010DB8 << 96 | 2), 6))
    assert stream_filter(own) == ("ipv6.addr == fe80::1 && ipv6.addr == 2001:db8::2 && tcp.port == 5 && tcp.port == 6")
