"""The lab itself: it says what a machine lacks, and leaves nothing behind, also where something fails."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "captures" / "make" / "lab"
sys.path.insert(0, str(LAB))
try:
    needs = importlib.import_module("needs")
    network = importlib.import_module("network")
finally:
    del sys.path[0]
PLAIN = {"hosts": 1, "teams": {}}
REASON = needs.missing([PLAIN], Path("/"))


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ovs-vswitchd (package openvswitch-switch)" in needs.missing([PLAIN], tmp_path)
    assert "qemu" not in needs.missing([PLAIN], tmp_path)
    assert "(package qemu-system-x86)" in needs.missing([PLAIN, PLAIN | {"transfer": "qemu"}], tmp_path)
    assert "busybox (package busybox-static)" in needs.missing([PLAIN | {"host": "bonding"}], tmp_path)


def test_a_kernel_counts_with_its_bonding_driver_alone(tmp_path: Path) -> None:
    modules = tmp_path / "lib" / "modules" / "6.1.0" / "kernel"
    (tmp_path / "boot").mkdir()
    modules.mkdir(parents=True)
    (tmp_path / "boot" / "vmlinuz-6.1.0").touch()
    assert needs.kernel_of(tmp_path) is None
    (modules / "bonding.ko.xz").touch()
    assert needs.kernel_of(tmp_path) == (tmp_path / "boot" / "vmlinuz-6.1.0", modules.parent)


@pytest.mark.skipif(REASON is not None, reason=f"the lab cannot run here: {REASON}")
def test_a_failure_leaves_no_process_no_namespace_and_no_interface(tmp_path: Path) -> None:
    def own() -> str:
        return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout

    def fail() -> None:
        with network.Network(tmp_path) as lab:
            lab.add("A")
            lab.add("B")
            lab.join("A", "eth0", "B", "eth1")
            lab.address("A", "eth0", "10.9.9.1/24")
            lab.switch("B")
            started.append(lab.start("B", "sleep", "600"))
            assert own() == before
            lab.run("A", "ip", "link", "show", "no-such-interface")

    before, started = own(), []
    with pytest.raises(RuntimeError, match="no-such-interface"):
        fail()
    assert [process.returncode for process in started] != [None]
    assert own() == before
    left = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert f"fmlab{os.getpid()}" not in left
    running = subprocess.run(["ps", "-e", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in running
