"""The commands that record, held against the manuals of dumpcap(1) and tcpdump(1)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from flowmap.tools.capture.check import complaint_of
from flowmap.tools.capture.plan import Plan, commands
from flowmap.tools.capture.record import Recorder

PLAN = Plan(("eth1", "eth2"), "out", "/usr/bin/dumpcap", 128, 1_600_000_000, 90)


def test_one_dumpcap_records_all_members() -> None:
    (command,) = commands(PLAN)
    text = " ".join(command)
    assert text.startswith("/usr/bin/dumpcap ")
    assert "-i eth1 -s 128" in text
    assert "-i eth2 -s 128" in text
    assert "-b filesize:100000 -b files:16" in text  # kB of 1000 bytes: 16 x 100 MB
    assert "-a duration:90" in text
    assert "-C 67108864" in text  # 64 MiB between its threads, where its default is 1000 packets


def test_what_came_while_dumpcap_was_ended_was_not_lost(tmp_path: Path) -> None:
    """The words of dumpcap 4.0; `flushed` are packets that waited in its queue when it was interrupted."""
    said = (
        "Packets received/dropped on interface 'nic0': 1548/3 (pcap:0/dumpcap:2/flushed:1/ps_ifdrop:0) (99.9%)\n"
        "Packets received/dropped on interface 'Loopback: lo': 923/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0) (100.0%)\n"
        "Packets received/dropped on interface 'nic1': 9/4 (69.2%)\n"
    )
    recorder = Recorder([["sh", "-c", f"cat >&2 <<'END'\n{said}END"]], tmp_path)
    while not recorder.all_ended():
        pass
    recorder.end()
    assert recorder.drops(["nic0", "lo", "nic1"]) == {"nic0": 2, "lo": 0, "nic1": 4}
    assert recorder.flushed() == {"nic0": 1}


def test_tcpdump_takes_a_process_and_a_file_each() -> None:
    found = commands(Plan(PLAN.members, "out", "/usr/sbin/tcpdump", 96, 1_600_000_000, None))
    assert [command[command.index("-i") + 1] for command in found] == ["eth1", "eth2"]
    assert all(command[command.index("-C") + 1] == "50" for command in found)  # MB: 2 members x 16 files x 50 MB
    assert [command[-1] for command in found] == ["out/eth1.pcap", "out/eth2.pcap"]


@pytest.mark.skipif(not shutil.which("dumpcap"), reason="no dumpcap")
def test_dumpcap_knows_every_option() -> None:
    (command,) = commands(Plan(("no-such-nic",), "out", str(shutil.which("dumpcap")), 128, 1 << 26, 5))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "invalid option" not in done.stderr
    assert "unrecognized" not in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b"dumpcap: cap_set_proc() fail return: no\ndumpcap: You may not.\n\nOn Debian, run\n  sudo x\n",
            "You may not.",
        ),
        (b"Capturing on 'a'\ndumpcap: No space.\nPackets captured: 498\n", "No space."),
        (b"odd\n", "odd"),
        (b"", "it does not say why."),
    ],
)
def test_what_a_recorder_complains_of(text: bytes, words: str) -> None:
    assert complaint_of("/usr/bin/dumpcap", text) == words


def test_drops_are_as_the_recorder_counts_them(tmp_path: object) -> None:
    import pathlib

    folder = pathlib.Path(str(tmp_path))
    words = "Packets received/dropped on interface 'a1': 3529/7 (pcap:7/dumpcap:0/flushed:0/ps_ifdrop:0) (99.8%)"
    script = f'echo "{words}" >&2'
    recorder = Recorder([["sh", "-c", script]], folder)
    while not recorder.all_ended():
        pass
    recorder.end()
    assert recorder.drops(["a1", "a2"]) == {"a1": 7, "a2": None}
    tcpdumps = [["sh", "-c", f"printf '9 packets captured\\n{n} packets dropped by kernel\\n' >&2"] for n in (0, 5)]
    recorder = Recorder(tcpdumps, folder / "more")
    while not recorder.all_ended():
        pass
    recorder.end()
    assert recorder.drops(["a1", "a2"]) == {"a1": 0, "a2": 5}
