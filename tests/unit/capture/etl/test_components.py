"""Components of pktmon: payloads by the manifest of Microsoft-Windows-PktMon."""

from __future__ import annotations

import struct

from flowmap.capture.etl.components import Components

NAME, NUMBER, BYTES = 20, 30, 70
INDEX, MINIPORT, MAC = 1, 2, 6
FILTER_DRIVER, ADAPTER, MINIPORT_DRIVER = 3, 14, 2


def name(ident: int, kind: int, *texts: str) -> tuple[int, bytes]:
    return NAME, struct.pack("<HH", ident, kind) + b"".join(text.encode("utf-16-le") + b"\0\0" for text in texts)


def number(ident: int, kind: int, value: int) -> tuple[int, bytes]:
    return NUMBER, struct.pack("<HHI", ident, kind, value)


def told(*events: tuple[int, bytes]) -> Components:
    made = Components()
    for kind, payload in events:
        made.take(kind, payload)
    return made


def drop(component: int, reason: int) -> tuple[int, bytes]:
    return 170, struct.pack("<QHHHHHHHIIHH", 1, 1, 1, 1, 1, component, 0, 0, reason, 0, 60, 60)


LAYERS = (
    name(5, MINIPORT_DRIVER, "e1i65x64.sys", "Intel(R) 82574L"),
    number(5, INDEX, 12),
    name(9, FILTER_DRIVER, "wfplwfs.sys", "WFP Native MAC Layer"),
    number(9, MINIPORT, 12),
    name(7, MINIPORT_DRIVER, "mlx5.sys", ""),
    number(7, INDEX, 13),
)


def test_a_component_is_called_by_its_description_or_its_driver() -> None:
    made = told(*LAYERS)
    assert [made.by_id[ident].title for ident in (5, 7, 9)] == ["Intel(R) 82574L", "mlx5.sys", "WFP Native MAC Layer"]


def test_a_filter_is_a_layer_of_its_adapter() -> None:
    made = told(*LAYERS)
    assert [made.port_of(ident) for ident in (5, 9, 7)] == [5, 5, 7]
    assert (made.by_id[5].is_port, made.by_id[9].is_port) == (True, False)
    backwards = told(*reversed(LAYERS))  # names are written when the log stops
    assert [backwards.port_of(ident) for ident in (5, 9, 7)] == [5, 5, 7]


def test_what_no_event_describes_stands_for_itself() -> None:
    assert told().port_of(3) == 3
    assert told(name(3, FILTER_DRIVER, "x.sys")).port_of(3) == 3
    assert told(number(3, MINIPORT, 99)).port_of(3) == 3  # an adapter that there is not


def test_macs() -> None:
    mac = bytes.fromhex("020000000001")
    assert told((BYTES, struct.pack("<HHI", 5, MAC, 6) + mac)).by_id[5].mac == "02:00:00:00:00:01"
    assert told((BYTES, struct.pack("<HHI", 5, MAC, 8) + mac + b"\0\0")).by_id[5].mac is None
    assert told((BYTES, struct.pack("<HHI", 5, MAC, 6) + mac[:5])).by_id[5].mac is None


def test_filters_and_drops() -> None:
    made = told(drop(5, 2), drop(5, 2), drop(6, 0x10001), (170, bytes(25)))
    assert dict(made.dropped) == {(5, 2): 2, (6, 0x10001): 1}
    assert made.filtered is False
    assert told((100, b"")).filtered is True


def test_hostile_numbers_of_components_are_bounded() -> None:
    made = told(*(name(ident, ADAPTER, "x") for ident in range(5000)))
    assert len(made.by_id) == 4096
    made.take(*name(4999, ADAPTER, "y"))
    made.take(*name(7, ADAPTER, "y"))
    assert 4999 not in made.by_id
    assert made.by_id[7].name == "y"
