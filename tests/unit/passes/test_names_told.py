"""Every name that came up is told once, so that none is in a report that is shared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flowmap.capture.inputs.plan import InputPlan, PlannedCapture
from flowmap.errors import CaptureError, UnreadableCapture
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.passes.names_told import told_names
from flowmap.team.counters.model import Reading
from flowmap.team.description.model import Adapter, TeamDescription


def read(interfaces: Any = (), failures: Any = ()) -> Any:
    return SimpleNamespace(scans=[SimpleNamespace(interfaces=list(interfaces))], failures=list(failures))


def interface(name: str | None, description: str | None = None, rule: str | None = None) -> Any:
    return SimpleNamespace(name=name, description=description, filter=rule)


def failure(path: str) -> CaptureError:
    return UnreadableCapture(path, msg("is broken"))


def test_files_whatever_became_of_them() -> None:
    plan = InputPlan(
        [PlannedCapture("a.pcap", "nic1", "name", 0), PlannedCapture("b.pcap", None, "stem", 1)],
        [Notice("not_a_capture", msg("x"), path="folder"), Notice("duplicate_input", msg("y"), path="c.pcap")],
        [failure("d.pcap")],
        ["notes.txt"],
    )
    told = told_names(plan, read(failures=[failure("e.pcap")]))
    assert sorted(told) == sorted(
        [
            ("folder", "folder"),
            *(("capture", name) for name in ("a.pcap", "b.pcap", "c.pcap", "d.pcap", "e.pcap", "notes.txt", "folder")),
            ("member", "nic1"),
        ]
    )


def test_what_captures_say_of_interfaces() -> None:
    told = told_names(
        InputPlan(), read([interface("eth0", "Intel 10G", "host secret"), interface("eth0"), interface(None)])
    )
    assert told == [("interface", "eth0"), ("description", "Intel 10G"), ("filter", "host secret")]


def test_what_describes_the_team() -> None:
    adapters = (Adapter("nic1", "Mellanox"), Adapter(None))
    team = TeamDescription("team.txt", "linux", name="bond0", host="server1", members=adapters)
    readings = [Reading("eth7", "ethtool", "c.txt", {}, label="Broadcom"), Reading(None, "ethtool", "c.txt", {})]
    told = told_names(InputPlan(), read(), ["team.txt", "team.txt"], [team], readings)
    assert told == [
        ("file", "team.txt"),
        ("team", "bond0"),
        ("host", "server1"),
        ("interface", "nic1"),
        ("description", "Mellanox"),
        ("interface", "eth7"),
        ("description", "Broadcom"),
    ]
