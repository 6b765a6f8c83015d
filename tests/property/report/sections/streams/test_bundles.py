"""What a picture draws as one, against the rule told plainly: by host, then by placement, then the rest, each step on all."""

from __future__ import annotations

from typing import Any

from factories import make_report
from hypothesis import given
from hypothesis import strategies as st

from flowmap.document.model import Direction, DirectionMember, Endpoint, Stream
from flowmap.report.sections.streams.bundles import drawn_of

TROUBLE = ("sprayed", "moved", "undecided", "mirrored", "absent", "single")
HOST = "192.0.2.1"
STREAM = st.tuples(
    st.integers(2, 5),
    st.sampled_from(["single", "single", "moved", "mirrored", "sprayed"]),
    st.lists(st.tuples(st.sampled_from(["nic1", "nic2"]), st.integers(1, 9)), max_size=2, unique_by=lambda one: one[0]),
)
"""(host, placement, wire bytes by member)."""


def stream(number: int, host: int, placement: Any, loads: list[tuple[str, int]]) -> Stream:
    peer, own = Endpoint(ip=f"192.0.2.{host}", port=50000), Endpoint(ip=HOST, port=6600)
    members = [DirectionMember(name=name, packets=1, wire_bytes=load, payload_bytes=load) for name, load in loads]
    there = Direction(direction="rx", src=peer, dst=own, placement=placement, members=members)
    back = Direction(direction="tx", src=own, dst=peer, placement="single", members=[])
    return Stream(id=number, kind="hyper-v", judged=True, client=peer, server=own, directions=[there, back])


def plainly(streams: list[Any], most: int) -> set[Any]:
    """(hosts, streams, bytes by member, total, placement of the lead, whether mixed) of each bundle."""
    bundles = [[number] for number in range(len(streams))]
    for by_host in (True, False):
        if len(bundles) > most:
            groups: dict[Any, list[int]] = {}
            for own in bundles:
                host, placement, loads = streams[own[0]]
                groups.setdefault((host if by_host else 0, placement, *sorted(n for n, _ in loads)), []).extend(own)
            bundles = list(groups.values())
    bundles.sort(key=lambda own: (TROUBLE.index(streams[own[0]][1]), -sum(total(streams[n]) for n in own)))
    kept = bundles[:most]
    for own in bundles[most:]:
        kept[-1].extend(own)
    return {told(streams, own) for own in kept}


def total(one: Any) -> int:
    loads = [load for _, load in one[2]]
    return max(loads, default=0) if one[1] == "mirrored" else sum(loads)


def told(streams: list[Any], own: list[int]) -> Any:
    data: dict[str, int] = {}
    for number in own:
        for name, load in streams[number][2]:
            data[name] = data.get(name, 0) + load
    placements = [streams[number][1] for number in own]
    lead = min(placements, key=TROUBLE.index)
    hosts = frozenset(f"192.0.2.{streams[number][0]}" for number in own)
    everything = sum(total(streams[number]) for number in own)
    return hosts, len(own), frozenset(data.items()), everything, lead, len(set(placements)) > 1, min(own)


@given(st.lists(STREAM, min_size=1, max_size=30), st.integers(1, 12))
def test_one_look_at_each_stream_draws_what_the_rule_draws(streams: list[Any], most: int) -> None:
    report = make_report(streams=[stream(number, *one) for number, one in enumerate(streams)])
    found = drawn_of(report).bundles(most)
    seen = [
        (
            frozenset(b.hosts),
            b.count,
            frozenset(b.data.items()),
            b.total,
            b.lead.directions[0].placement,
            b.mixed,
            b.first,
        )
        for b in found
    ]
    assert set(seen) == plainly(streams, most)
    assert sum(one[1] for one in seen) == len(streams)
