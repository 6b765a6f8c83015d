"""FM2xx: what may explain that hosts do not spread."""

from __future__ import annotations

from flowmap.verdict.findings.registered import RULES


def test_one_mac_explains_most_exactly_and_a_hash_without_ports_least() -> None:
    assert RULES.explaining(RULES["FM202"]) == ("FM208", "FM210", "FM207", "FM209", "FM213")
