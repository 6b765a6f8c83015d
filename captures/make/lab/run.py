"""Build real captures of NIC teams on this machine: `sudo python captures/make/lab/run.py [SCENARIO...] --out DIR`.

A scenario (scenarios.toml) is a teamed host, a switch and remote hosts in network namespaces, with Open vSwitch on both sides
of the bond. dumpcap records all members at once, as on a real host. Beside the capture stands what other programs say of it:
`truth.json` (tshark's counts, what was done when) and what ovs-appctl printed before and after.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from network import Network, missing
from team import Route, build, set_link, wait_for_lacp
from truth import counted

__all__ = ["SCENARIOS", "record"]

HERE = Path(__file__).parent
SCENARIOS: Mapping[str, Any] = tomllib.loads((HERE / "scenarios.toml").read_text(encoding="utf-8"))
_PATIENCE_S = 60
_QUEUE_BYTES = "67108864"
"""Between dumpcap's threads; its default of 1000 packets loses bursts."""


def record(name: str, out: Path) -> Path:
    """Run one scenario, and leave its capture and truth in a folder of its name."""
    scenario, folder = SCENARIOS[name], out / name
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="fmlab") as work, Network(Path(work)) as network:
        paths = build(network, scenario)
        wait_for_lacp(network, scenario["teams"])
        _ask(network, scenario["teams"], folder / "before.txt")
        capture = folder / "team.pcapng"
        recorder = _record(
            network, [member for team in scenario["teams"].values() for member in team["members"]], capture
        )
        done = _transfer(network, scenario, paths)
        recorder.send_signal(signal.SIGINT)
        recorder.wait(_PATIENCE_S)
        _ask(network, scenario["teams"], folder / "after.txt")
    told = {"scenario": name, "about": scenario["about"], "migration_port": paths[0].port, "done": done} | counted(
        capture
    )
    (folder / "truth.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return folder


def _ask(network: Network, teams: Mapping[str, Any], file: Path) -> None:
    texts = [network.run("T", "ovs-appctl", command, team) for team in teams for command in ("bond/show", "lacp/show")]
    file.write_text("\n".join(texts), encoding="utf-8")


def _record(network: Network, members: Sequence[str], capture: Path) -> Any:
    words = [word for member in members for word in ("-i", member, "-s", "128", "-B", "32")]
    process = network.start("T", "dumpcap", "-q", "-n", "-C", _QUEUE_BYTES, *words, "-w", str(capture))
    end = time.monotonic() + _PATIENCE_S
    while not capture.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(2.5)  # LACPDUs before the first transfer
    return process


def _transfer(network: Network, scenario: Mapping[str, Any], paths: Sequence[Route]) -> list[dict[str, Any]]:
    """Let all hosts send at once, while the scenario's events happen. Return what happened, in seconds after the begin."""
    program, hosts = (sys.executable, str(HERE / "transfer.py")), scenario["hosts"]
    listeners = [network.start("T", *program, "listen", str(path.port), str(hosts)) for path in paths]
    time.sleep(1)
    begin = time.monotonic()
    senders = [
        network.start(
            f"R{host}",
            *program,
            "send",
            path.remote(host),
            path.teamed,
            str(path.port),
            str(scenario["size"]),
            str(scenario["rate"]),
        )
        for host in range(1, hosts + 1)
        for path in paths
    ]
    done = []
    before = _received(network, scenario)
    chosen: dict[str, str] = {}
    for event in scenario.get("events", ()):
        time.sleep(max(0.0, begin + event["at"] - time.monotonic()))
        member = event["member"]
        if member == "busiest":
            now = _received(network, scenario)
            member = chosen.setdefault(member, max(now, key=lambda name: now[name] - before[name]))
        set_link(network, member, event["link"])
        done.append({"at": round(time.monotonic() - begin, 3), "member": member, "link": event["link"]})
    for process in (*senders, *listeners):
        if process.wait(_PATIENCE_S):
            raise RuntimeError(f"a transfer failed: see {network.folder}")
    time.sleep(2.5)  # LACPDUs after the last transfer
    return done


def _received(network: Network, scenario: Mapping[str, Any]) -> dict[str, int]:
    members = [member for team in scenario["teams"].values() for member in team["members"]]
    files = [f"/sys/class/net/{member}/statistics/rx_bytes" for member in members]
    return dict(zip(members, map(int, network.run("T", "cat", *files).split()), strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=f"Scenarios: {', '.join(SCENARIOS)}")
    parser.add_argument("scenario", nargs="*", help="which ones; all if none is named")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the captures")
    options = parser.parse_args()
    if reason := missing():
        print(f"the lab cannot run here: {reason}", file=sys.stderr)
        return 3
    for name in options.scenario or SCENARIOS:
        print(record(name, options.out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
