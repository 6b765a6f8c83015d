"""What limited the transfers: one finding for each cause and member, with its largest stream; RDMA; one stream of vMotion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import MB, at, limited, stream, streams, team, way

from flowmap.facts.model import StreamFacts
from flowmap.finding import Finding
from flowmap.flow.streams.migration import MigrationStream
from flowmap.settings.config import Settings
from flowmap.verdict.findings.limits.streams import limit_findings

GBIT = 10**9


def found(*own: StreamFacts, **changes: Any) -> list[Finding]:
    return list(limit_findings(team(*own, **changes)))


def of(
    number: int, by: str, *, payload: int = 9 * MB, kind: str = "", side: str = "rx", **evidence: Any
) -> StreamFacts:
    migration = MigrationStream(number, kind, "high", 1, 0) if kind else None  # type: ignore[arg-type]
    own = way(side, number + 1, 0, payload=payload)
    return stream(number, own, limit=limited(by, "it was so", **evidence), migration=migration)


@pytest.mark.parametrize(
    ("by", "code", "severity", "shows"),
    [
        ("member-line-rate", "FM402", "info", None),
        ("shared-member", "FM403", "warning", None),
        ("receiver-window", "FM404", "warning", "tcp.analysis.window_full"),
        ("loss", "FM405", "warning", "tcp.analysis.retransmission"),
        ("sender", "FM406", "info", "tcp.time_delta"),
        ("cpu", "FM407", "info", None),
    ],
)
def test_each_limit_has_its_code_and_shows_itself(by: str, code: str, severity: str, shows: str | None) -> None:
    (one,) = found(of(0, by))
    assert (one.code, one.severity, one.subject) == (code, severity, {"streams": [0]})
    assert one.explanation == "10.0.0.1:50000 to 10.0.0.100:6600: it was so."
    own = "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.100 && tcp.port == 50000 && tcp.port == 6600"
    assert str(one.wireshark_filter).startswith(f"({own}) && ({shows}" if shows else own)


def test_streams_of_one_cause_are_one_finding_about_the_largest() -> None:
    (one,) = found(of(0, "sender"), of(1, "sender", payload=20 * MB, rate_bps=7), of(2, "sender"), of(3, "unknown"))
    assert one.subject == {"streams": [0, 1, 2]}
    assert one.explanation == "10.0.0.2:50000 to 10.0.0.100:6600: it was so. The same holds for 2 more streams."
    assert one.evidence == {"rate_bps": 7}
    (two,) = found(of(0, "sender"), of(1, "sender"))
    assert two.explanation.startswith("10.0.0.1:50000")  # of equal ones the first
    assert two.explanation.endswith("The same holds for one more stream.")


def test_full_members_are_told_each_with_what_others_had_to_spare() -> None:
    first = of(0, "shared-member", member="nic1", idle_bps={"nic2": GBIT, "nic3": 0})
    one, two = found(first, of(1, "shared-member", member="nic2"), of(2, "shared-member", member="nic1"))
    assert [(each.subject["member"], each.subject["streams"]) for each in (one, two)] == [
        ("nic1", [0, 2]),
        ("nic2", [1]),
    ]
    assert one.explanation.endswith("one more stream. Meanwhile there was room for another 1 Gbit/s on nic2.")
    assert "idle_bps" in one.evidence
    assert "idle_bps" not in two.evidence


def test_a_slower_member_is_to_be_evened() -> None:
    speeds = Settings(speeds={"nic1": GBIT, "nic2": 10 * GBIT})
    (slow,) = found(of(0, "member-line-rate", member="nic1"), settings=speeds)
    assert str(slow.action).startswith("Find out why nic1 is slower")
    (fast,) = found(of(0, "member-line-rate", member="nic2"), settings=speeds)
    assert fast.action is None


def test_the_limit_of_a_sprayed_stream_is_the_spraying() -> None:
    assert found(stream(0, way("rx", 1, 0, 1), limit=limited("loss"))) == []


@pytest.mark.parametrize(
    ("by", "told"), [("sender", "then the source host's processor"), ("cpu", "Then watch the cores"), ("loss", None)]
)
def test_a_bandwidth_limit_is_looked_for_where_the_platform_has_one(by: str, told: str | None) -> None:
    (one,) = found(of(0, by, kind="qemu"))
    assert (one.action is not None and told is not None and told in one.action) or (one.action is None and told is None)
    (other,) = found(of(0, by))
    assert other.action is None


def test_smb_that_carried_nothing_may_be_rdma() -> None:
    quiet = [replace(of(k, "unknown", payload=1000, kind="smb"), judged=False) for k in range(2)]
    (one,) = found(*quiet)
    assert (one.code, one.subject, one.evidence) == ("FM401", {"streams": [0, 1]}, {"payload_bytes": 2000})
    assert one.explanation.startswith("Two smb connections carried almost nothing (2,000 bytes)")
    (single,) = found(quiet[0])
    assert single.explanation.startswith("One smb connection")
    assert found(*quiet, of(5, "unknown", kind="smb")) == []  # that one carried it
    assert found(*streams("rx", [0, 1])) == []


def vmotion(
    number: int = 0, by: str = "unknown", first: float = 1, last: float = 9, payload: int = 1000 * MB
) -> StreamFacts:
    own = of(number, by, kind="vmotion", payload=payload)
    return replace(own, first_ns=at(first), last_ns=at(last))


FAST = Settings(default_speed=25 * GBIT)


def test_one_stream_of_vmotion_does_not_fill_a_fast_member() -> None:
    """1000 MB in 8 s are 1 Gbit/s of 25."""
    (one,) = found(vmotion(), settings=FAST)
    assert (one.code, one.evidence) == ("FM408", {"streams": 1, "rate_bps": GBIT, "speed_bps": 25 * GBIT})
    assert "comes to 1 Gbit/s on nic1 (25 Gbit/s)" in one.explanation
    assert found(vmotion(), settings=Settings(default_speed=25 * GBIT - 1)) == []
    assert found(vmotion()) == []
    assert [each.code for each in found(vmotion(by="loss"), settings=FAST)] == ["FM405"]
    assert found(vmotion(payload=20_000 * MB), settings=FAST) != []  # 20 of 25
    assert found(vmotion(payload=20_001 * MB), settings=FAST) == []
    assert found(vmotion(payload=MB - 1), settings=FAST) == []


def test_several_streams_between_the_same_hosts_are_as_it_should_be() -> None:
    pair = [vmotion(), replace(vmotion(1), directions=[replace(vmotion().bulk, src=((4, 0x0A000001), 50001))])]
    assert found(*pair, settings=FAST) == []
    apart = [replace(pair[0], last_ns=at(5)), replace(pair[1], first_ns=at(5))]
    assert len(found(*apart, settings=FAST)) == 2
    assert len(found(vmotion(), vmotion(1), settings=FAST)) == 2  # between other hosts
