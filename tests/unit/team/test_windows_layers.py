"""Captures as Windows makes them: one packet recorded at several layers of the host, and interfaces that are no ports.

The names are those that etl2pcapng writes (`eth:IFINDEX:VLAN`, "LWF over IfIndex N", `vNIC:TYPE:PORT:IFINDEX:VLAN`) and those
of drivers; pktmon's own export has one interface without a name (learn.microsoft.com, pktmon-pcapng-support).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made import BEGIN, SEGMENTS, Interface, Record, lacpdus, later, report, stream, write


def ports(version: int = 4) -> tuple[list[Record], list[Record]]:
    """What the two member ports carry: two hosts' streams each."""
    return stream(11, version) + stream(13, version) + lacpdus(1), stream(12, version) + stream(14, version) + lacpdus(
        2
    )


def numbers(document: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {
        (d["placement"], d["retransmitted"], d["reordered"], len(d["members"]))
        for stream in document["streams"]
        for d in stream["directions"]
    }


def by_code(document: dict[str, Any], code: str) -> dict[str, int]:
    return {notice["member"]: notice["count"] for notice in document["notices"] if notice["code"] == code}


@pytest.mark.parametrize("version", [4, 6])
def test_components_of_one_member_count_once(tmp_path: Path, version: int) -> None:
    """pktmon's export of a member with three components: flows count every record, claims each packet once."""
    paths = []
    for name, own in zip(("nic1", "nic2"), ports(version), strict=True):
        layers = own + later(own, 3_000) + later(own, 9_000)
        paths.append(write(tmp_path / f"{name}.pcapng", Interface(layers)))
    document = report(*paths)
    assert document["verdict"] == "pass", document["answer"]["sentence"]
    assert numbers(document) == {("single", 0, 0, 1), ("single", 0, None, 1)}
    bulk = [d for s in document["streams"] for d in s["directions"] if d["direction"] == "rx"]
    assert {d["members"][0]["packets"] for d in bulk} == {3 * (SEGMENTS + 1)}
    assert {d["peak_bps"] for d in bulk} == {
        80 * (SEGMENTS * (1400 + 14 + 20 + (20 if version == 4 else 40)) + 14 + 20 + (20 if version == 4 else 40))
    }
    if version == 4:  # without an IP ID copies of pure acknowledgments are not told from repeated ones
        assert by_code(document, "duplicate_packet") == dict.fromkeys(("nic1", "nic2"), 2 * 2 * (2 * SEGMENTS + 2))


def test_what_was_sent_again_is_no_copy(tmp_path: Path) -> None:
    own = stream(11, again=[3, 4, 5]) + lacpdus(1)
    document = report(write(tmp_path / "nic1.pcapng", Interface(own + later(own, 3_000))))
    assert {d["retransmitted"] for d in document["streams"][0]["directions"]} == {3, 0}


def etl(tmp_path: Path, *above: Interface) -> dict[str, Any]:
    """etl2pcapng: two miniports, a filter over the first, and what stands above both."""
    first, second = ports()
    return report(
        write(
            tmp_path / "host.pcapng",
            Interface(first, "eth:12:0"),
            Interface(later(first, 2_000), "eth:20:0", "LWF over IfIndex 12"),
            Interface(second, "eth:14:0"),
            *above,
        )
    )


def test_interfaces_of_etl2pcapng(tmp_path: Path) -> None:
    """A filter over a miniport is of its member; team NIC and virtual NIC are above, whatever they are called."""
    union = [record for own in ports() for record in own]
    above = Interface(later(union, 6_000), "eth:30:0"), Interface(later(union, 9_000), "vNIC:Internal:Mgmt:31:0")
    document = etl(tmp_path, *above)
    assert document["verdict"] == "pass", document["answer"]["sentence"]
    assert {m["name"]: m["aggregate"] for m in document["members"]} == {
        "eth:12": False,
        "eth:14": False,
        "eth:30": True,
        "vNIC:Internal:Mgmt:31:0": True,
    }
    assert numbers(document) == {("single", 0, 0, 1), ("single", 0, None, 1)}
    assert document["claims"]["spread"]["counts"] == {"eth:12": 2, "eth:14": 2}
    lacp = {m["name"]: m["lacp"] for m in document["members"] if not m["aggregate"]}
    assert {name: (one["lacpdus_tx"], one["lacpdus_rx"]) for name, one in lacp.items()} == {
        "eth:12": (5, 5),
        "eth:14": (5, 5),
    }
    assert [f["code"] for f in document["findings"]] == ["FM507", "FM507"]


def test_vlan_interfaces_of_a_team(tmp_path: Path) -> None:
    """Each of the two carries a part of either member: LACPDUs tell which pair is above."""
    parts = [stream(11) + stream(12), stream(13) + stream(14)]
    above = [Interface(later(part, 6_000), f"eth:{30 + k}:0") for k, part in enumerate(parts)]
    document = etl(tmp_path, *above)
    assert {m["name"] for m in document["members"] if m["aggregate"]} == {"eth:30", "eth:31"}
    assert document["verdict"] == "pass", document["answer"]["sentence"]


def test_components_of_pktmon_by_etl2pcapng(tmp_path: Path) -> None:
    """Interfaces named by driver: filters have neither MAC nor LACP, and a filter records each packet twice."""
    first, second = ports()
    union = first + second
    twice = [later(own, 2_000) + later(own, 2_500) for own in (first, second)]
    document = report(
        write(
            tmp_path / "host.pcapng",
            Interface(first, "ixgbe.sys", "Intel(R) X520", 0x71),
            Interface(second, "ixgbe.sys", "Intel(R) X520 #2", 0x72),
            Interface(twice[0], "filter.sys", "A filter"),
            Interface(twice[1], "filter.sys", "A filter"),
            Interface(
                later(union, 7_000), "NdisImPlatformMp.sys", "Microsoft Network Adapter Multiplexor Driver", 0x70
            ),
        )
    )
    assert [m["name"] for m in document["members"] if not m["aggregate"]] == ["Intel(R) X520", "Intel(R) X520 #2"]
    assert document["verdict"] == "pass", document["answer"]["sentence"]


def test_one_export_of_all_components(tmp_path: Path) -> None:
    """What pktmon exports without --component-id holds both members and does not tell them apart."""
    union = [record for own in ports() for record in own]
    document = report(write(tmp_path / "all.pcapng", Interface(union + later(union, 4_000))))
    assert {claim["verdict"] for claim in document["claims"].values()} == {"inconclusive"}
    assert by_code(document, "links_mixed") == {"all": 1}


def test_members_that_take_over_from_another_are_not_below_it(tmp_path: Path) -> None:
    """The two streams of a member move to two others halfway: it carried as much as they do together, at another time."""
    paths = []
    for name, peers, half in (("a", (11, 12), 0), ("b", (11,), 1), ("c", (12,), 1)):
        records = [r for peer in peers for r in stream(peer) if (r.ts_ns >= BEGIN + 31_000_000) == bool(half)]
        paths.append(write(tmp_path / f"{name}.pcapng", Interface(records)))
    assert [m["aggregate"] for m in report(*paths)["members"]] == [False, False, False]
