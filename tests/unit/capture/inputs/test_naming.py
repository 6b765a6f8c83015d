"""From command-line arguments to captures, and from captures to member names."""

from __future__ import annotations

import bz2
import gzip
import os
from pathlib import Path

import pytest
from builders import pcap

from flowmap.capture.inputs import InputPlan, PlannedCapture, plan_inputs
from flowmap.capture.inputs.naming import Port, ReadCapture, member_names
from flowmap.errors import ConfigError, NotACapture, UnreadableCapture


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(path: Path, number: int = 0) -> Path:
    """A capture; another number, other bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pcap([(10**18 + number * 1000, b"frame")]))
    return path


def brief(plan: InputPlan) -> list[tuple[str, str | None, str, int]]:
    return [(one.path, one.member, one.name_from, one.order) for one in plan.captures]


def names(plan: InputPlan) -> list[str]:
    return [
        name for part in member_names([ReadCapture(one, (Port(0, 0),)) for one in plan.captures]).names for name in part
    ]


def test_files_are_named_by_stem(here: Path) -> None:
    make(here / "nic1.pcap", 1)
    make(here / "sub/nic2.cap", 2)
    plan = plan_inputs(["nic1.pcap", "sub/nic2.cap"])
    assert brief(plan) == [("nic1.pcap", None, "stem", 0), ("sub/nic2.cap", None, "stem", 1)]
    assert names(plan) == ["nic1", "nic2"]
    assert not plan.notices
    assert not plan.failures


def test_name_equals_path(here: Path) -> None:
    make(here / "a.pcap", 1)
    make(here / "b.pcap", 2)
    make(here / "x=y.pcap", 3)
    plan = plan_inputs(["NIC 1=a.pcap", "NIC 1=b.pcap", "x=y.pcap"])
    assert brief(plan) == [
        ("a.pcap", "NIC 1", "name", 0),
        ("b.pcap", "NIC 1", "name", 1),
        ("x=y.pcap", None, "stem", 2),
    ]
    assert names(plan) == ["NIC 1", "NIC 1", "x=y"]


def test_empty_name_or_path() -> None:
    for argument in ("=a.pcap", "NIC1="):
        with pytest.raises(ConfigError, match="is empty"):
            plan_inputs([argument])


def test_patterns(here: Path) -> None:
    make(here / "n1.pcap", 1)
    make(here / "n2.pcap", 2)
    make(here / "[x].pcap", 3)
    assert names(plan_inputs(["n?.pcap", "[x].pcap"])) == ["n1", "n2", "[x]"]
    assert names(plan_inputs(["A=n*.pcap"])) == ["A", "A"]
    (failure,) = plan_inputs(["none*.pcap"]).failures
    assert "no file matches" in str(failure)


def test_folder_gives_its_direct_captures(here: Path) -> None:
    make(here / "f/b.pcap", 1)
    make(here / "f/a.pcap", 2)
    make(here / "f/deeper/c.pcap", 3)
    (here / "f/readme.txt").write_text("hello")
    (here / "f/empty").write_bytes(b"")
    os.mkfifo(here / "f/pipe")
    plan = plan_inputs(["f"])
    assert brief(plan) == [("f/a.pcap", None, "folder", 0), ("f/b.pcap", None, "folder", 1)]
    (notice,) = plan.notices
    assert (notice.code, notice.path, notice.count) == ("not_a_capture", "f", 3)
    assert "readme.txt" in notice.detail
    assert names(plan_inputs(["T=f"])) == ["T", "T"]


def test_compressed_captures_in_a_folder_are_captures(here: Path) -> None:
    make(here / "f/a.pcap", 1)
    make(here / "f/b.pcap", 2)
    (here / "f/b.pcap.gz").write_bytes(gzip.compress((here / "f/b.pcap").read_bytes()))
    (here / "f/b.pcap").unlink()
    (here / "f/log.gz").write_bytes(gzip.compress(b"Nov 23 12:00:00 host kernel: hello"))
    plan = plan_inputs(["f"])
    assert [one.path for one in plan.captures] == ["f/a.pcap", "f/b.pcap.gz"]
    assert not plan.failures
    assert "log.gz" in plan.notices[0].detail


def test_compressed_copy_beside_its_original_is_used_once(here: Path) -> None:
    make(here / "f/a.pcap", 1)
    (here / "f/a.pcap.gz").write_bytes(gzip.compress((here / "f/a.pcap").read_bytes()))
    (here / "f/a.pcap.bz2").write_bytes(bz2.compress((here / "f/a.pcap").read_bytes()))
    plan = plan_inputs(["f"])
    assert [one.path for one in plan.captures] == ["f/a.pcap"]
    assert [notice.code for notice in plan.notices] == ["duplicate_input"] * 2


def test_broken_compressed_file_in_a_folder_is_not_silently_left_out(here: Path) -> None:
    make(here / "f/a.pcap")
    (here / "f/b.pcap.gz").write_bytes(b"\x1f\x8b\x08\x00")
    (failure,) = plan_inputs(["f"]).failures
    assert isinstance(failure, UnreadableCapture)


def test_series_whose_older_files_were_compressed_is_one_member(here: Path) -> None:
    make(here / "x_00002_20260101120500.pcap", 2)
    make(here / "old", 1)
    (here / "x_00001_20260101120000.pcap.gz").write_bytes(gzip.compress((here / "old").read_bytes()))
    plan = plan_inputs(["x_00002_20260101120500.pcap", "x_00001_20260101120000.pcap.gz"])
    assert names(plan) == ["x", "x"]
    assert plan.captures[0].path == "x_00001_20260101120000.pcap.gz"
    assert plan.captures[0].series == plan.captures[1].series


def test_folder_without_captures(here: Path) -> None:
    (here / "f").mkdir()
    (here / "g").mkdir()
    (here / "g/readme.txt").write_text("hello")
    plan = plan_inputs(["f", "g"])
    assert [(failure.path, failure.reason) for failure in plan.failures] == [
        ("f", "no capture is in this folder"),
        ("g", "no capture is in this folder"),
    ]


def test_ring_buffer_series_is_one_member(here: Path) -> None:
    files = ["x_00002_20260101120500.pcapng", "x_00001_20260101120000.pcapng", "x_00003_20260101121000.pcapng"]
    for number, name in enumerate(files):
        make(here / name, number)
    make(here / "y_20260101120000_00001.pcap", 9)
    plan = plan_inputs([*files, "y_20260101120000_00001.pcap"])
    assert [(one.path, one.order) for one in plan.captures[:3]] == [(name, n) for n, name in enumerate(sorted(files))]
    assert names(plan) == ["x", "x", "x", "y"]


def test_one_bad_input_does_not_stop_the_others(here: Path) -> None:
    make(here / "good.pcap")
    (here / "bad.pcap").write_text("not a capture")
    (here / "dangling.pcap").symlink_to("nowhere")
    plan = plan_inputs(["missing.pcap", "bad.pcap", "good.pcap", "NIC=gone.pcap", "/no/a=b.pcap", "dangling.pcap"])
    assert names(plan) == ["good"]
    assert [type(failure) for failure in plan.failures] == [
        UnreadableCapture,
        UnreadableCapture,
        UnreadableCapture,
        NotACapture,
        UnreadableCapture,
    ]
    assert [failure.path for failure in plan.failures] == [
        "missing.pcap",
        "gone.pcap",
        "/no/a=b.pcap",
        "bad.pcap",
        "dangling.pcap",
    ]


def test_same_file_or_bytes_once(here: Path) -> None:
    make(here / "a.pcap", 1)
    (here / "link.pcap").symlink_to("a.pcap")
    os.link(here / "a.pcap", here / "hard.pcap")
    make(here / "copy.pcap", 1)
    make(here / "other.pcap", 2)
    plan = plan_inputs(["a.pcap", "link.pcap", "hard.pcap", "./a.pcap", "copy.pcap", "other.pcap"])
    assert names(plan) == ["a", "other"]
    assert [(notice.code, notice.path) for notice in plan.notices] == [
        ("duplicate_input", path) for path in ("link.pcap", "hard.pcap", "./a.pcap", "copy.pcap")
    ]


def test_large_files_that_differ_in_the_middle_only(here: Path) -> None:
    for name, middle in (("a", 1), ("b", 2), ("c", 1)):
        packets = [(10**18, bytes(9000)), (10**18, bytes([middle])), (10**18, bytes(9000))]
        (here / f"{name}.pcap").write_bytes(pcap(packets))
    assert names(plan_inputs(["a.pcap", "b.pcap", "c.pcap"])) == ["a", "b"]


def test_idle_members_with_equal_files_stay_two(here: Path) -> None:
    for name in ("a.pcap", "b.pcap"):
        (here / name).write_bytes(pcap([]))
    plan = plan_inputs(["a.pcap", "b.pcap"])
    assert names(plan) == ["a", "b"]
    assert not plan.notices


def test_standard_input_once() -> None:
    plan = plan_inputs(["NIC1=-"])
    assert (brief(plan), names(plan)) == ([("-", "NIC1", "name", 0)], ["NIC1"])
    assert names(plan_inputs(["-"])) == ["stdin"]
    with pytest.raises(ConfigError, match="once only"):
        plan_inputs(["-", "A=-"])


STEM = PlannedCapture("/x/team.pcapng", None, "stem", 0)
NAMED = PlannedCapture("/x/team.pcapng", "T", "name", 0)


def test_interfaces_of_one_file_are_members() -> None:
    ports = (Port(1, 0, "p1"), Port(1, 1, None), Port(2, 0, "p1"), Port(2, 1, "p2"), Port(3, 0, "p1"))
    assert member_names([ReadCapture(STEM, ports, 5)]).names == [["p1", "team:1", "p1#2", "p2", "p1#3"]]
    assert member_names([ReadCapture(NAMED, ports, 5)]).names == [["T"] * 5]
    assert member_names([ReadCapture(STEM, ports[:1], 2)]).names == [["p1"]]
    assert member_names([ReadCapture(STEM, ports[:1], 1)]).names == [["team"]]
    assert member_names([ReadCapture(STEM, (), 2)]).names == [["team"]]


def test_windows_interfaces_merge_by_index() -> None:
    ports = (Port(1, 0, "eth:7:0"), Port(1, 1, "eth:7:100"), Port(1, 2, "eth:12:0"), Port(1, 3, "LWF over IfIndex 7"))
    assert member_names([ReadCapture(STEM, ports, 4)]).names == [["eth:7", "eth:7", "eth:12", "LWF over IfIndex 7"]]


def test_sll2_members_by_index() -> None:
    ports = (Port(0, 0, None, 3), Port(0, 0, None, 4))
    assert member_names([ReadCapture(STEM, ports)]).names == [["team:if3", "team:if4"]]
    assert member_names([ReadCapture(NAMED, ports)]).names == [["T:if3", "T:if4"]]


def test_series_of_many_interfaces_merges_by_name() -> None:
    files = [PlannedCapture(f"/x/s_{n}.pcapng", "s", "series", n, "/x/s.pcapng") for n in range(2)]
    ports = (Port(1, 0, "p1"), Port(1, 1))
    assert member_names([ReadCapture(one, ports, 2) for one in files]).names == [["p1", "s:1"], ["p1", "s:1"]]


@pytest.mark.parametrize(
    "other",
    [
        PlannedCapture("/y/team.pcap", None, "stem", 1),
        PlannedCapture("/y/a.pcap", "team", "name", 1),
        PlannedCapture("/y/team_00001_20260101120000.pcap", "team", "series", 0, "/y/team.pcap"),
    ],
)
def test_unrelated_inputs_with_one_name_are_refused(other: PlannedCapture) -> None:
    with pytest.raises(ConfigError, match=r"/x/team.pcapng and /y/.* both give a member named team"):
        member_names([ReadCapture(STEM, (Port(0, 0),)), ReadCapture(other, (Port(0, 0),))])


HOUR = 3600 * 10**9


@pytest.mark.parametrize(
    ("sections", "pause", "names"),
    [
        ((1, 1), HOUR // 60, ["eth0", "eth0"]),  # a ring put together by mergecap -I none
        ((1, 1), 8 * HOUR, ["eth0", "eth0#2"]),  # two captures of another day, put into one file
        ((1, 2), 8 * HOUR, ["eth0", "eth0"]),  # cat: each section describes its interfaces again
        ((1, 2), -HOUR // 2, ["eth0", "eth0#2"]),  # at the same time: two NICs
    ],
)
def test_an_interface_described_again_goes_on_as_the_same(
    sections: tuple[int, int], pause: int, names: list[str]
) -> None:
    from flowmap.capture.inputs.naming import Port, _told_apart

    ports = [
        Port(sections[0], 0, "eth0", span=(0, HOUR)),
        Port(sections[1], 1, "eth0", span=(HOUR + pause, 2 * HOUR + pause)),
    ]
    assert _told_apart(["eth0", "eth0"], ports) == names
