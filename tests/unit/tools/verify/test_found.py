"""What verify found, as text and as values."""

from __future__ import annotations

import json

from flowmap.tools.verify.found import (
    CaptureVerification,
    Difference,
    PacketDetail,
    render_verification,
    verification_values,
)

AGREES = CaptureVerification("a.pcap", 1000, 4)
DIFFERS = CaptureVerification(
    "b.pcap",
    9,
    2,
    30,
    (Difference("10.0.0.1:1 > 10.0.0.2:2", "packets", 5, None),),
    (PacketDetail(7, ("tshark: so", "flowmap: otherwise"), ("Ethernet II",)),),
    complaint="it was cut",
    remark="Look closer.",
)
FAILED = CaptureVerification("c.pcap", error="c.pcap: no such file")


def lines(*captures: CaptureVerification) -> list[str]:
    return [line.strip() for line in render_verification(list(captures), 200, False).splitlines() if line.strip()]


def test_captures_that_agree_are_a_line_and_a_sum() -> None:
    assert lines(AGREES, AGREES) == [
        "agrees  a.pcap: 1,000 packets, 4 rows",
        "agrees  a.pcap: 1,000 packets, 4 rows",
        "flowmap and tshark agree: 2 captures, 2,000 packets, 8 rows.",
    ]


def test_a_capture_that_differs_is_told_with_its_numbers_and_packets() -> None:
    found = lines(AGREES, DIFFERS)
    assert "differs  b.pcap: 9 packets, 2 rows; 30 numbers differ" in found
    assert "tshark says: it was cut" in found
    assert "10.0.0.1:1 > 10.0.0.2:2: packets: tshark 5, flowmap none" in found
    assert "... and 29 more numbers" in found
    assert found[found.index("packet 7") + 1 :][:3] == ["tshark: so", "flowmap: otherwise", "Ethernet II"]
    assert found[-1] == "1 of 2 captures differ, in 30 numbers."


def test_what_could_not_be_read_is_not_compared() -> None:
    assert lines(FAILED) == ["not compared  c.pcap: no such file", "Not compared: 1 input."]


def test_values_say_of_each_whether_it_agrees() -> None:
    values = json.loads(json.dumps(verification_values([AGREES, DIFFERS, FAILED], 1)))
    assert (values["schema"], values["exit_code"]) == ("flowmap.verify/1", 1)
    assert [one["agrees"] for one in values["captures"]] == [True, False, False]
    assert values["captures"][1]["differences"] == [
        {"subject": "10.0.0.1:1 > 10.0.0.2:2", "field": "packets", "tshark": 5, "flowmap": None}
    ]


def test_how_far_a_damaged_capture_was_compared_is_told() -> None:
    found = lines(CaptureVerification("d.pcap", 1000, 4, damaged=True, damaged_at=277243))
    assert found[:2] == [
        "agrees  d.pcap: 1,000 packets, 4 rows",
        "damaged at byte 277243: only what comes before was compared",
    ]
