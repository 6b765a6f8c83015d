"""What inspect tells of a capture: when it is incomplete, and its JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.tools.inspect.model import CaptureInspection, InterfaceInspection, inspection_values


@pytest.mark.parametrize(
    ("changes", "incomplete"),
    [
        ({}, False),
        ({"truncated": True}, False),  # a notice of its own says whether that matters
        ({"damaged": True}, True),
        ({"error": "gone"}, True),
        ({"notices": (Notice("rows_cut", msg("so")),)}, False),
        ({"notices": (Notice("capture_damaged", msg("so")),)}, True),
    ],
)
def test_a_capture_is_incomplete_if_something_could_not_be_read(changes: dict[str, Any], incomplete: bool) -> None:
    assert CaptureInspection("a.pcap", **changes).incomplete == incomplete


def test_values_are_plain_and_unknown_is_null() -> None:
    name = b"nic\xe9".decode("utf-8", "surrogateescape")
    interface = InterfaceInspection(0, 0, 1, "ETHERNET", 5, name=name, classes={name: 5})
    values = inspection_values([CaptureInspection("a.pcap", packets=5, interfaces=(interface,))])
    (capture,) = json.loads(json.dumps(values))["captures"]
    assert (capture["format"], capture["packets"], capture["interfaces"][0]["mac"]) == (None, 5, None)
    assert capture["interfaces"][0]["name"] == "nic\\xe9"
    assert capture["interfaces"][0]["classes"] == {"nic\\xe9": 5}
