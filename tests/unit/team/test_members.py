"""Control frames of members as they were on the wire, whatever recorded them."""

from __future__ import annotations

import struct
from pathlib import Path

from made import Interface, later, report, stream, write

from flowmap.flow.scanning.scan import RawControl
from flowmap.team.members import TeamMember, _control_frames

BODY = bytes.fromhex("0101") + bytes(20)
SOURCE = bytes.fromhex("0200000000aa")
SLOW = bytes.fromhex("0180c2000002")
FRAME = SLOW + SOURCE + b"\x88\x09" + BODY
OWN = {(0, 0): 0, (1, 0): 0, (2, 0): 1, (3, 7): 1}
"""Member by interface and, of SLL2, its index."""


def raw(ts_ns: int, data: bytes, *, interface: int = 0, link_type: int = 1, flags: int = 0) -> RawControl:
    return RawControl(ts_ns, interface, link_type, flags, data)


def test_an_ethernet_frame_is_as_it_was_captured() -> None:
    (one,) = _control_frames([raw(5, FRAME, flags=2)], OWN)
    assert (one.ts_ns, one.member, one.direction, one.data) == (5, 0, 2, FRAME)
    assert [one.direction for one in _control_frames([raw(5, FRAME, flags=3)], OWN)] == [0]
    assert _control_frames([raw(5, FRAME, interface=9)], OWN) == []


def test_cooked_frames_get_back_the_header_that_they_lost() -> None:
    """Both were sent to the group of slow protocols (IEEE 802.3, annex 57A); packet type 4 was sent by the host."""
    sll = struct.pack("!HHH8sH", 4, 1, 6, SOURCE + b"\0\0", 0x8809) + BODY
    sll2 = struct.pack("!HHIHBB8s", 0x8809, 0, 7, 1, 0, 6, SOURCE + b"\0\0") + BODY
    one, two = _control_frames(
        [raw(5, sll, interface=2, link_type=113), raw(10**7, sll2, interface=3, link_type=276)], OWN
    )
    assert (one.member, one.direction, one.data) == (1, 2, FRAME)
    assert (two.member, two.direction, two.data) == (1, 1, FRAME)


def test_a_copy_from_another_layer_of_the_host_is_not_another_frame() -> None:
    """Of another interface of the member, within a millisecond."""
    assert len(_control_frames([raw(0, FRAME), raw(10**6, FRAME, interface=1)], OWN)) == 1
    assert len(_control_frames([raw(0, FRAME), raw(10**6 + 1, FRAME, interface=1)], OWN)) == 2
    assert len(_control_frames([raw(0, FRAME), raw(10, FRAME)], OWN)) == 2  # the same interface sent it twice
    assert len(_control_frames([raw(0, FRAME), raw(10, FRAME, interface=2)], OWN)) == 2  # another member


def test_a_member_that_is_left_out_or_has_odd_times_says_so() -> None:
    assert not TeamMember(0, "nic1").left_out
    assert TeamMember(0, "nic1", aggregate=True).left_out
    assert TeamMember(0, "nic1", other_team=True).left_out
    assert TeamMember(0, "nic1").tells_rates
    assert not TeamMember(0, "nic1", time_stands=True).tells_rates
    assert not TeamMember(0, "nic1", clocks_apart_ns=0).tells_rates


def test_members_of_one_capture_are_in_natural_order_of_their_names(tmp_path: Path) -> None:
    """Whichever of them carries the first packet, and in whatever order their interfaces are described."""
    names = ["NIC10", "nic2", "NIC1"]
    interfaces = [Interface(later(stream(11 + k), 5_000_000 * k), name) for k, name in enumerate(names)]
    document = report(write(tmp_path / "team.pcapng", *interfaces))
    assert [member["name"] for member in document["members"]] == ["NIC1", "nic2", "NIC10"]
    assert list(document["claims"]["spread"]["counts"]) == ["NIC1", "nic2", "NIC10"]
