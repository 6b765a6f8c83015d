"""How captures and runs are written for `flowmap analyze` and for people."""

from __future__ import annotations

from builders import pcap

from flowmap.batch.model import Capture, TeamRun
from flowmap.capture.inputs import plan_inputs


def test_a_capture_as_an_argument() -> None:
    assert Capture("a/b.pcap").argument == "a/b.pcap"
    assert Capture("a/b.pcap", "nic1").argument == "nic1=a/b.pcap"


def test_it_means_the_same_there(tmp_path: object) -> None:
    path = f"{tmp_path}/b.pcap"
    with open(path, "wb") as file:
        file.write(pcap([(0, bytes(60))]))
    (planned,) = plan_inputs([Capture(path, "nic 1").argument]).captures
    assert (planned.member, planned.path) == ("nic 1", path)


def test_a_run_s_name() -> None:
    assert TeamRun("site/host", "2026-05-01", ()).name == "site/host 2026-05-01"
    assert TeamRun("site/host", "", ()).name == "site/host"
