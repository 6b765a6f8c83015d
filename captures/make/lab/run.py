"""Build real captures of NIC teams on this machine: `sudo python captures/make/lab/run.py [SCENARIO...] --out DIR`.

A scenario (scenarios.toml) is a teamed host, a switch and remote hosts, each a network namespace or a small guest. dumpcap
records all members at once, as on a real host. Beside the capture stands `truth.json`: what other programs say of it and what
was done when.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hosts.guest import BondingGuest
from hosts.switched import SwitchedHost
from needs import missing
from network import Network
from remotes import add_remotes, add_switch
from route import Route, routes
from transfers.together import Host, Transfers
from truth import counted, made_with

__all__ = ["SCENARIOS", "record"]

SCENARIOS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("scenarios.toml").read_text(encoding="utf-8"))
_PATIENCE_S = 60
_QUEUE_BYTES = "67108864"
"""Between dumpcap's threads; its default of 1000 packets loses bursts."""
_FAILURES = (RuntimeError, OSError, subprocess.SubprocessError)
_LACP_S = 2.5
"""Time for LACPDUs at the fast rate before the first and after the last transfer."""


def record(name: str, out: Path, kernel: Path = Path("/")) -> Path:
    """Run one scenario, and leave its capture and truth in a folder of its name."""
    scenario, folder = SCENARIOS[name], out / name
    folder.mkdir(parents=True)
    with _kept_logs(folder) as work, Network(work) as network:
        paths = routes(scenario)
        host = _build(network, scenario, paths, kernel)
        transfers, capture = Transfers(network, host, scenario, paths), work / "team.pcapng"
        recorder = _record(network, host, capture) if scenario.get("negotiation") else None
        host.wait()
        transfers.prepare()
        before = host.show()
        recorder = recorder or _record(network, host, capture)
        done = _run(network, host, scenario.get("events", ()), transfers)
        recorder.send_signal(signal.SIGINT)
        recorder.wait(_PATIENCE_S)
        told = {"scenario": name, "about": scenario["about"], "made_with": made_with(), "done": done}
        told["ports"] = sorted({migration.port for migration in transfers.migrations} or {paths[0].port})
        told["migrations"] = [migration.told() for migration in transfers.migrations]
        told["said"] = {"before": before, "after": host.show()}
        told |= counted(capture)
        (folder / "team.pcapng.gz").write_bytes(gzip.compress(capture.read_bytes(), 9, mtime=0))
    (folder / "truth.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return folder


@contextmanager
def _kept_logs(folder: Path) -> Iterator[Path]:
    """Give a folder to work in, for a time; where something fails, what the programs wrote there stays in `folder`."""
    with tempfile.TemporaryDirectory(prefix="fmlab") as name:
        try:
            yield Path(name)
        except _FAILURES:
            for log in Path(name).glob("*.log"):
                shutil.copy(log, folder)
            raise


def _build(network: Network, scenario: Mapping[str, Any], paths: Sequence[Route], kernel: Path) -> Host:
    add_switch(network)
    host: Host
    if scenario.get("host") == "bonding":
        host = BondingGuest(network, scenario["teams"]["bond0"], paths[0], kernel)
    else:
        host = SwitchedHost(network, scenario, paths)
    add_remotes(network, scenario["hosts"], paths)
    return host


def _record(network: Network, host: Host, capture: Path) -> Any:
    words = [word for member in host.members for word in ("-i", member, "-s", "128", "-B", "32")]
    process = network.start(host.space, "dumpcap", "-q", "-n", "-C", _QUEUE_BYTES, *words, "-w", str(capture))
    end = time.monotonic() + _PATIENCE_S
    while not capture.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(_LACP_S)
    return process


def _run(
    network: Network, host: Host, events: Sequence[Mapping[str, Any]], transfers: Transfers
) -> list[dict[str, Any]]:
    """Let all transfers run, while the scenario's events happen. Return what happened, in seconds after the begin."""
    before = _carried(network, host)
    begin = time.monotonic()
    transfers.begin()
    done = []
    chosen: dict[str, str] = {}
    for event in events:
        transfers.look()
        time.sleep(max(0.0, begin + event["at"] - time.monotonic()))
        member = event["member"]
        if member == "busiest":
            now = _carried(network, host)
            member = chosen.setdefault(member, max(now, key=lambda name: now[name] - before[name]))
        host.set_link(member, event["link"])
        done.append({"at": round(time.monotonic() - begin, 3), "member": member, "link": event["link"]})
    transfers.finish()
    time.sleep(_LACP_S)
    return done


def _carried(network: Network, host: Host) -> dict[str, int]:
    """Return the bytes that each member has carried so far, both ways."""
    files = [f"/sys/class/net/{member}/statistics/{way}_bytes" for member in host.members for way in ("rx", "tx")]
    numbers = list(map(int, network.run(host.space, "cat", *files).split()))
    return dict(zip(host.members, map(sum, zip(numbers[::2], numbers[1::2], strict=True)), strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=f"Scenarios: {', '.join(SCENARIOS)}")
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], help="which ones; all if none is named")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the captures")
    parser.add_argument(
        "--kernel",
        type=Path,
        default=Path("/"),
        help="where a Debian kernel package is unpacked: boot/ and lib/modules/",
    )
    options = parser.parse_args()
    names = options.scenario or list(SCENARIOS)
    if reason := missing([SCENARIOS[name] for name in names], options.kernel):
        print(f"the lab cannot run here: {reason}", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was begun is ended
    failed = 0
    for name in names:
        try:
            print(record(name, options.out, options.kernel), flush=True)
        except _FAILURES as error:
            failed += 1
            print(f"{name}: {error}; what the programs said is in {options.out / name}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
