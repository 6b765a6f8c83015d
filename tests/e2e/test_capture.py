"""`flowmap capture` for real: in a network namespace of its own, with TCP between two addresses, interrupted and not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "flowmap" / "tools" / "capture" / "scripts"
NAMESPACE = f"flowmap-{os.getpid()}"
FLOWMAP = [sys.executable, "-m", "flowmap"]
MIGRATION = """
import socket, threading, time
server = socket.create_server(("10.9.0.1", 6600))
def receive():
    one, _ = server.accept()
    while one.recv(65536): pass
threading.Thread(target=receive, daemon=True).start()
one = socket.create_connection(("10.9.0.1", 6600), source_address=("10.9.0.2", 0))
for _ in range(100):
    one.sendall(bytes(20000))
    time.sleep(0.01)
"""
recording = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("dumpcap"),
    reason="needs root, ip and dumpcap",
)


@pytest.fixture
def inside() -> Iterator[list[str]]:
    """A namespace with two NICs (dummies, so nothing leaves it) and two addresses of which one sends to the other over lo."""
    run = ["ip", "netns", "exec", NAMESPACE]
    if subprocess.run(["ip", "netns", "add", NAMESPACE], capture_output=True, check=False).returncode:
        pytest.skip("no network namespaces here")
    for command in ("link set lo up", "addr add 10.9.0.1/32 dev lo", "addr add 10.9.0.2/32 dev lo"):
        subprocess.run(["ip", "-n", NAMESPACE, *command.split()], check=True)
    for name in ("nic1", "nic2"):
        made = ["ip", "-n", NAMESPACE, "link", "add", name, "type", "veth", "peer", "name", f"{name}-far"]
        if subprocess.run(made, capture_output=True, check=False).returncode:
            subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)
            pytest.skip("no veth here")
        subprocess.run(["ip", "-n", NAMESPACE, "link", "set", name, "up"], check=True)
        subprocess.run(["ip", "-n", NAMESPACE, "link", "set", f"{name}-far", "up"], check=True)
    yield run
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "flowmap-capture.json").read_text())
    return found


@recording
def test_a_folder_is_recorded_and_analysed_whole(inside: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    command = [*inside, *FLOWMAP, "capture", "lo", "nic1", "-o", str(folder), "--duration", "5s", "--ring", "64M"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 30
        while not (folder / "flowmap-capture.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
        subprocess.run([*inside, sys.executable, "-c", MIGRATION], check=True)
        out, errors = run.communicate(timeout=60)
    assert "migration ports: 6600" in errors
    found = manifest(folder)
    assert found["members"] == ["lo", "nic1"]
    assert found["ended_at"] is not None
    assert found["dropped"] == {"lo": 0, "nic1": 0}
    assert run.returncode == (3 if "Not worth" in out else 0), errors
    report = tmp_path / "report.json"
    subprocess.run([*FLOWMAP, "analyze", str(folder), "--json", str(report), "-q"], check=False, timeout=60)
    document = json.loads(report.read_text())
    judged = [stream for stream in document["streams"] if stream["judged"]]
    assert [(one["client"]["ip"], one["server"]["port"]) for one in judged] == [("10.9.0.2", 6600)]
    assert not [
        one for one in document["notices"] if one["code"] in ("not_a_capture", "counters_missed", "counters_backwards")
    ]
    counters = {one["name"]: one["counters"] for one in document["members"]}
    packets = {one["name"]: one["packets"] for one in document["members"]}
    assert counters["lo"]["rx_packets"] >= packets["lo"]
    assert counters["lo"]["rx_packets"] < 1.2 * packets["lo"], "it counts every packet twice"
    assert counters["nic1"]["of"] == "ip -s -j link"
    assert counters["nic1"]["tx_packets"] is not None


@recording
@pytest.mark.parametrize("how", ["interrupted", "terminated", "member gone"])
def test_it_ends_well_however_it_ends(inside: list[str], tmp_path: Path, how: str) -> None:
    folder = tmp_path / "out"
    command = [*inside, *FLOWMAP, "capture", "nic1", "nic2", "-o", str(folder), "--duration", "60s", "--ring", "64M"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as run:
        deadline = time.monotonic() + 30
        while not list(folder.glob("*.pcapng")) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
        if how == "member gone":
            subprocess.run(["ip", "-n", NAMESPACE, "link", "del", "nic2"], check=True)
        else:
            run.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGTERM)
        out, errors = run.communicate(timeout=45)
    assert run.returncode == 3, errors
    assert "Not worth sending yet" in out
    assert "the interface went away" in out or how != "member gone"
    assert manifest(folder)["ended_at"] is not None
    assert not subprocess.run(["pgrep", "-f", f"dumpcap.*{folder}"], capture_output=True, check=False).stdout


def test_a_dry_run_prints_what_would_run(tmp_path: Path) -> None:
    if not Path("/sys/class/net/lo").exists():
        pytest.skip("no sysfs")
    done = subprocess.run(
        [*FLOWMAP, "capture", "lo", "--dry-run"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0
    assert "dumpcap" in done.stdout
    assert " -i lo -s 128 " in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "word"), [("windows", "pktmon start"), ("esxi", "pktcap-uw"), ("switch", "show lacp neighbor")]
)
def test_scripts_are_printed(name: str, word: str) -> None:
    done = subprocess.run([*FLOWMAP, "capture", "--script", name], capture_output=True, text=True, check=True)
    assert word in done.stdout


def test_an_unknown_script_is_refused() -> None:
    done = subprocess.run([*FLOWMAP, "capture", "--script", "amiga"], capture_output=True, text=True, check=False)
    assert (done.returncode, "windows, esxi, switch" in done.stderr) == (2, True)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck")
def test_the_shell_script_is_clean() -> None:
    done = subprocess.run(
        ["shellcheck", "-s", "sh", str(SCRIPTS / "esxi.sh")], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
