"""The table of migration platforms; each port itself is checked in the tests of recognition and of the docs."""

from __future__ import annotations

from typing import get_args

from flowmap.flow.streams.platforms import CAPS, CHANNELED, KINDS, MAGICAL, PORTS, SEPARATE
from flowmap.words import Platform


def test_every_platform_that_reports_know_has_a_row_with_ports() -> None:
    assert get_args(Platform) == KINDS
    assert {port.kind for port in PORTS} == set(KINDS) - {"custom"}, "custom is what --migration-port names"


def test_no_port_is_of_two_platforms() -> None:
    numbers = [number for port in PORTS for number in range(port.low, port.high + 1)]
    assert len(numbers) == len(set(numbers))


def test_channels_and_first_bytes_are_qemus_and_those_of_what_is_built_on_it() -> None:
    assert set(CHANNELED) == {"qemu", "ovirt", "proxmox"}
    assert set(MAGICAL) == {*CHANNELED, "custom"}
    assert set(SEPARATE) == {"hyper-v", "smb"}
    assert not set(CAPS) - set(KINDS)
