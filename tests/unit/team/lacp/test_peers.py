"""Who is the host, and what is wrong between the members' two ends, of LACPDUs written octet by octet."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from lacp_frames import FAST, HOST, IN, OTHER_HOST, OTHER_SWITCH, OUT, SWITCH, lacpdu, talk

from flowmap.decode.control import ControlFrame
from flowmap.team.lacp.lacpdu import decode_frames
from flowmap.team.lacp.peers import HostSystem, Senders, host_system, lacp_findings, of_host

KNOWN = HostSystem(HOST, False, "so it was made")
OUT_OF_SYNC, PASSIVE, DEFAULTED, EXPIRED = FAST & ~0x38, FAST & ~1, 0x40, 0x80


def senders(frames: list[ControlFrame]) -> Senders:
    found: dict[int, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for pdu in decode_frames(frames).pdus:
        found[pdu.member][pdu.actor.system].append(pdu)
    return found


def said(
    member: int, actor: int, partner: int = 0, state: int = FAST, direction: int = 0, **more: Any
) -> list[ControlFrame]:
    more = {"ports": (member + 1, member + 11), **more}
    return talk(member, range(5), lacpdu(actor, state, partner, FAST, **more), direction)


def link(member: int, host: int = HOST, switch: int = SWITCH, **more: Any) -> list[ControlFrame]:
    ports = (member + 1, member + 11)
    return said(member, host, switch, ports=ports, **more) + said(member, switch, host, ports=ports[::-1], **more)


def kinds(frames: list[ControlFrame], host: HostSystem = KNOWN, silent: tuple[int, ...] = ()) -> list[str]:
    return [finding.kind for finding in lacp_findings(senders(frames), host, silent)]


def test_the_host_is_who_sent_what_went_out() -> None:
    frames = said(0, HOST, direction=OUT) + said(0, SWITCH, direction=IN)
    assert host_system(senders(frames)).system == HOST
    two = said(0, HOST, direction=OUT) + said(1, OTHER_HOST, direction=OUT)
    assert host_system(senders(two)).two_hosts


def test_the_host_is_who_has_one_of_its_macs() -> None:
    assert host_system(senders(link(0)), {HOST}).system == HOST
    assert host_system(senders(link(0)), {HOST | 0x100}).system == HOST  # by the source MAC of its port
    assert host_system(senders(link(0)), {HOST, SWITCH}).system is None


def test_the_host_is_the_one_that_all_members_have_in_common() -> None:
    two = link(0) + link(1, switch=OTHER_SWITCH)
    assert host_system(senders(two), shared_host_mac=True).system == HOST
    assert host_system(senders(two)).two_hosts  # without a MAC in common it may be a switch with two hosts
    assert host_system(senders(link(0))).system is None  # one member alone tells nothing
    assert host_system(senders(link(0) + link(1))).system is None  # both ends are in common
    assert host_system(senders(link(0) + link(1, OTHER_HOST, OTHER_SWITCH))).two_hosts
    assert not host_system(senders(said(0, HOST) + said(1, OTHER_HOST))).two_hosts


def test_a_healthy_bundle_has_no_findings() -> None:
    assert kinds(link(0) + link(1)) == []
    assert kinds(link(0), silent=(1,)) == ["no_lacpdus"]


def test_one_side_that_speaks_alone() -> None:
    (finding,) = lacp_findings(senders(said(0, HOST, state=FAST & 7)), KNOWN)
    assert (finding.kind, finding.members) == ("no_answer", (0,))
    assert dict(finding.evidence) == {"system": HOST, "count": 5, "of_host": True}
    assert "no_answer" not in kinds(
        said(0, HOST, SWITCH)
    )  # it names one that it heard: the other direction was not captured


@pytest.mark.parametrize(("bit", "kind"), [(DEFAULTED, "defaulted"), (EXPIRED, "expired")])
def test_a_lost_partner_counts_from_when_there_was_one(bit: int, kind: str) -> None:
    begin = talk(0, [0], lacpdu(HOST, FAST | bit, 0, 0))
    then = talk(0, [1, 2], lacpdu(HOST, FAST, SWITCH, FAST)) + talk(0, [1], lacpdu(SWITCH, FAST, HOST, FAST))
    lost = talk(0, [3, 4], lacpdu(HOST, FAST | bit, SWITCH, FAST))
    assert kind not in kinds(begin + then)
    (finding,) = [one for one in lacp_findings(senders(begin + then + lost), KNOWN) if one.kind == kind]
    assert (finding.evidence["count"], finding.evidence["total"], finding.evidence["at_end"]) == (2, 5, True)
    again = lost + talk(0, [5], lacpdu(HOST, FAST, SWITCH, FAST))
    (passing,) = [one for one in lacp_findings(senders(begin + then + again), KNOWN) if one.kind == kind]
    assert passing.evidence["at_end"] is False


def test_a_port_out_of_sync_and_two_passive_sides() -> None:
    assert kinds(said(0, HOST, SWITCH, OUT_OF_SYNC) + said(0, SWITCH, HOST)) == ["not_in_sync"]
    assert kinds(said(0, HOST, SWITCH, PASSIVE) + said(0, SWITCH, HOST, PASSIVE)) == ["both_passive"]
    assert kinds(said(0, HOST, SWITCH, PASSIVE) + said(0, SWITCH, HOST)) == []


def test_members_whose_far_ends_differ() -> None:
    (finding,) = lacp_findings(senders(link(0) + link(1, switch=OTHER_SWITCH)), KNOWN)
    assert finding.kind == "different_systems"
    assert finding.evidence == {"systems": {0: [SWITCH], 1: [OTHER_SWITCH]}}
    assert (
        kinds(link(0) + link(1, switch=OTHER_SWITCH), HostSystem(None, False, "")) == []
    )  # which end is far is not known


def test_keys_and_ports_of_one_system() -> None:
    found = lacp_findings(senders(link(0, key=7) + link(1, key=8)), KNOWN)
    assert {(one.kind, one.evidence["of_host"]) for one in found} == {
        ("different_keys", True),
        ("different_keys", False),
    }
    twice = said(0, HOST, SWITCH, ports=(1, 11)) + said(1, HOST, SWITCH, ports=(1, 12))
    (same,) = lacp_findings(senders(twice), KNOWN)
    assert (same.kind, same.members, same.evidence["port"]) == ("same_port", (0, 1), 1)


def test_whether_a_system_is_the_host_is_told_only_where_that_is_known() -> None:
    assert (of_host(HOST, KNOWN), of_host(SWITCH, KNOWN)) == (True, False)
    assert of_host(HOST, HostSystem(None, False, "")) is None
