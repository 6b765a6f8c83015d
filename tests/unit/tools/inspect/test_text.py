"""`inspect` as text and as plain values."""

from __future__ import annotations

import json

import pytest

from flowmap.notice import Notice
from flowmap.tools.inspect.model import CaptureInspection, InterfaceInspection, inspection_values
from flowmap.tools.inspect.text import render_inspection

T0 = 1_767_323_045_000_000_001


def example(name: str = "eth0") -> CaptureInspection:
    interface = InterfaceInspection(
        section=0,
        interface=1,
        link_type=1,
        link_name="ethernet",
        packets=10,
        name=name,
        description=name,
        snaplen=96,
        speed_bps=10**10,
        wire_bytes=9_500,
        captured_bytes=960,
        first_ns=T0,
        last_ns=T0 + 10**9,
        drops=3,
        member=name,
        classes={"tcp": 9, "arp": 1, "fragment": 0},
    )
    notice = Notice("record_truncated", f"the last record of {name} is cut off", first_offset=77)
    return CaptureInspection(
        path=f"{name}.pcapng",
        format="pcapng",
        byte_order="little",
        size=2_000,
        packets=10,
        first_ns=T0,
        last_ns=T0 + 10**9,
        truncated=True,
        interfaces=(interface, interface),
        members=(name,),
        notices=(notice,),
    )


def test_everything_is_said() -> None:
    text = " ".join(render_inspection([example(), CaptureInspection("x", error="x: no such file")], 80, False).split())
    for part in (
        "eth0.pcapng pcapng, little endian, 2.0 kB, 10 packets, last record cut off",
        "interface 0.1: eth0, eth0, ethernet (1), snaplen 96, 10G",
        "10 packets, 9.5 kB on the wire, 960 B kept, 3 dropped",
        "tcp 9, arp 1",
        "member: eth0",
        "members: eth0",
        "info record_truncated: the last record of eth0 is cut off; first at byte 77 (1 time)",
        "not read: x: no such file",
    ):
        assert part in text, part
    assert "fragment" not in text


@pytest.mark.parametrize("name", ["\x1b[2Jnic", "[red]nic", "nic\nmembers: none", "x" * 300])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_names_are_inert_and_fit(name: str, width: int) -> None:
    text = render_inspection([example(name)], width, False)
    assert [part for part in text if not part.isprintable() and part != "\n"] == []
    assert max(len(line) for line in text.split("\n")) <= width
    assert sum(line.startswith("  members:") for line in text.split("\n")) == 1


def test_values_are_plain_and_complete() -> None:
    name = b"nic\xff".decode("utf-8", "surrogateescape")
    values = json.loads(json.dumps(inspection_values([example(name)])).encode("utf-8"))
    capture = values["captures"][0]
    assert values["schema"] == "flowmap.inspect/1"
    assert capture["path"] == r"nic\xff.pcapng"
    assert capture["interfaces"][0]["first_ns"] == T0
    assert capture["interfaces"][0]["mac"] is None
    assert capture["notices"][0]["code"] == "record_truncated"
