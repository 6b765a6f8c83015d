"""What the host says of a team and of its NICs, kept as its programs print it: description, counters, clock.

Nothing is interpreted here: the texts are what people would paste, and `--team` reads them. A program that is not there is left
out; what there is decides what can be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flowmap.report.formats.files import make_folder, write_bytes
from flowmap.tools.capture.find import Found
from flowmap.tools.capture.programs import Run

__all__ = ["Text", "write_witness"]

Text = tuple[str, str, str]
"""(kind: description, counters or clock; file name; text)."""
_FILE_BYTES = 4 << 20


def write_witness(found: Found, folder: Path, run: Run, sys: Path = Path("/sys/class")) -> dict[str, list[str]]:
    """Write what the host says now into `folder`. Returns the names of the files by kind, those of /proc and /sys included."""
    make_folder(str(folder))
    written: dict[str, list[str]] = {}
    for kind, name, text in _texts(found, run, sys):
        write_bytes(str(folder / name), text.encode("utf-8", "surrogateescape"))
        written.setdefault(kind, []).append(name)
    return written


def _texts(found: Found, run: Run, sys: Path) -> Iterator[Text]:
    for kind, name in found.teams:
        yield from _of_team(kind, name, run)
    commands: list[tuple[str, str, Sequence[str]]] = [
        ("description" if _is_of_a_team(found) else "link", "ip-link.json", ["ip", "-j", "-d", "link"]),
        ("counters", "ip-statistics.json", ["ip", "-s", "-j", "link"]),
        ("clock", "chrony.txt", ["chronyc", "-n", "tracking"]),
        ("clock", "timedatectl.txt", ["timedatectl", "show"]),
    ]
    for member in found.members:
        commands.append(("counters", f"ethtool-{_safe(member)}.txt", ["ethtool", "-S", member]))
        commands.append(("link", f"link-{_safe(member)}.txt", ["ethtool", member]))
        commands.append(("clock", f"timestamps-{_safe(member)}.txt", ["ethtool", "-T", member]))
    for kind, name, command in commands:
        if printed := run(command):
            yield kind, name, printed
    if text := _read(Path("/proc/net/dev")):
        yield "counters", "proc-net-dev.txt", text
    if text := "".join(_rdma_files(found.members, sys)):
        yield "counters", "infiniband.txt", text


def _rdma_files(members: Sequence[str], sys: Path) -> Iterator[str]:
    """Yield the counters of the members' RDMA devices as `grep -H .` prints files: what RDMA moves, no capture sees."""
    devices = {path.name for member in members for path in (sys / "net" / member / "device" / "infiniband").glob("*")}
    for device in sorted(devices):
        for kind in ("counters", "hw_counters", "gid_attrs/ndevs"):
            for path in sorted((sys / "infiniband" / device / "ports").glob(f"*/{kind}/*")):
                if text := _read(path).strip():
                    yield f"{path}:{text}\n"


def _is_of_a_team(found: Found) -> bool:
    """Return whether there is a team that the host's list of interfaces adds to; alone it describes none."""
    return any(kind != "bridge" for kind, _ in found.teams)


def _of_team(kind: str, name: str, run: Run) -> Iterator[Text]:
    """Yield what describes a team, in the forms that `--team` reads."""
    if kind == "bonding":
        if text := _read(Path("/proc/net/bonding") / name):
            yield "description", f"bonding-{_safe(name)}.txt", text
    elif kind == "teamd":
        if printed := run(["teamdctl", name, "state", "dump"]):
            yield "description", f"teamd-{_safe(name)}.json", printed
    elif kind == "openvswitch":
        texts = [run(["ovs-appctl", command, name]) for command in ("bond/show", "lacp/show")]
        if any(texts):
            yield "description", f"openvswitch-{_safe(name)}.txt", "\n".join(text for text in texts if text)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_FILE_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
