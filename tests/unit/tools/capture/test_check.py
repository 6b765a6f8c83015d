"""What has to be so before anything is recorded."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from flowmap.errors import ConfigError, ReportError
from flowmap.tools.capture import check
from flowmap.tools.capture.check import check_disk, check_folder, check_rights, complaint_of, find_program
from flowmap.tools.capture.plan import Plan

Usage = namedtuple("Usage", "total used free")


def test_dumpcap_records_where_it_is_there_else_tcpdump(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"dumpcap": "/usr/bin/dumpcap", "tcpdump": "/usr/sbin/tcpdump"}
    monkeypatch.setattr(check, "where", there.get)
    assert find_program() == "/usr/bin/dumpcap"
    del there["dumpcap"]
    assert find_program() == "/usr/sbin/tcpdump"
    there.clear()
    with pytest.raises(ConfigError, match="neither dumpcap nor tcpdump is installed"):
        find_program()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"tcpdump: eth9: No such device exists\n(SIOCGIFHWADDR: No such device)\n", "eth9: No such device exists"),
        (b"tcpdump: one\ntcpdump: two\n", "two"),
        (b"Capturing on 'eth9'\nno right\n\n", "no right"),
        (b"", "it does not say why."),
        (b"\n \n", "it does not say why."),
    ],
)
def test_a_complaint_is_the_last_line_that_the_program_signs(text: bytes, told: str) -> None:
    assert complaint_of("/usr/sbin/tcpdump", text) == told


def test_a_member_that_cannot_be_opened_is_told_in_the_programs_words(tmp_path: Path) -> None:
    program = tmp_path / "tcpdump"
    program.write_text('#!/bin/sh\n[ "$2" = eth0 ] && exit 0\necho "tcpdump: $2: You cannot" >&2\nexit 1\n')
    program.chmod(0o755)
    check_rights(str(program), ["eth0"])
    with pytest.raises(ConfigError, match=r"eth1: cannot be captured: eth1: You cannot .*\(sudo\).* for tcpdump\."):
        check_rights(str(program), ["eth0", "eth1"])
    with pytest.raises(ConfigError, match="cannot be run"):
        check_rights(str(tmp_path / "none"), ["eth0"])


def test_a_folder_is_new_or_empty(tmp_path: Path) -> None:
    check_folder(str(tmp_path))
    check_folder(str(tmp_path / "new"))
    (tmp_path / "old.pcap").touch()
    with pytest.raises(ConfigError, match="is not empty"):
        check_folder(str(tmp_path))
    with pytest.raises(ConfigError, match="cannot be read"):
        check_folder(str(tmp_path / "old.pcap"))


@pytest.mark.parametrize(("free", "enough"), [(1_200_000_000, True), (1_199_999_999, False)])
def test_a_ring_leaves_200_megabytes_to_the_host(
    free: int, enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    plan = Plan(("eth0",), str(tmp_path), "/usr/bin/dumpcap", 96, 10**9, None)
    if enough:
        check_disk(plan)
    else:
        with pytest.raises(ReportError, match="1\\.2 GB are free, and the files may take 1\\.0 GB"):
            check_disk(plan)
